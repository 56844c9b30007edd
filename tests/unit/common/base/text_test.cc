#include "common/base/text.h"

#include <string>

#include <gtest/gtest.h>

namespace convoy::base {
namespace {

using Pieces = std::vector<std::string_view>;

TEST(Text, CaseIsAsciiOnly) {
  EXPECT_EQ(lowered("AZaz09@[`{\xc4"), "azaz09@[`{\xc4");
  EXPECT_TRUE(equalsIgnoreCase("Content-Length", "content-lENGTH"));
  EXPECT_FALSE(equalsIgnoreCase("a", "ab"));
  EXPECT_FALSE(equalsIgnoreCase("@", "`"));  // 32 apart, as letters are
  EXPECT_TRUE(startsWithIgnoreCase("Bearer x", "bearer "));
  EXPECT_FALSE(startsWithIgnoreCase("Bear", "bearer "));
  EXPECT_TRUE(startsWithIgnoreCase("x", ""));
}

TEST(Text, TrimTakesSpacesAndTabsOnly) {
  EXPECT_EQ(trimOws(" \t a b\t "), "a b");
  EXPECT_EQ(trimOws("\r\na\v"), "\r\na\v");
  EXPECT_EQ(trimOws(" \t"), "");
  EXPECT_EQ(trimOws(""), "");
}

TEST(Text, SplitKeepsEmptyPieces) {
  EXPECT_EQ(split("a,,b", ','), (Pieces{"a", "", "b"}));
  EXPECT_EQ(split(",", ','), (Pieces{"", ""}));
  EXPECT_EQ(split("", ','), (Pieces{""}));
  EXPECT_EQ(split("abc", ','), (Pieces{"abc"}));
}

TEST(Text, NumbersAreDigitsAndFit) {
  EXPECT_EQ(parseUint("0"), 0u);
  EXPECT_EQ(parseUint("007"), 7u);
  EXPECT_EQ(parseUint("18446744073709551615"), UINT64_MAX);
  for (const char* bad : {"", "-1", "+1", " 1", "1 ", "0x1", "1.0", "18446744073709551616",
                          "99999999999999999999", "184467440737095516150"}) {
    EXPECT_FALSE(parseUint(bad).has_value()) << bad;
  }
}

TEST(Text, FormattingIsTheInverseOfParsing) {
  for (const uint64_t value :
       {uint64_t{0}, uint64_t{9}, uint64_t{10}, uint64_t{65535}, uint64_t{1} << 63, UINT64_MAX}) {
    char out[20];
    const std::string_view text(out, static_cast<size_t>(formatUint(out, value) - out));
    EXPECT_EQ(text, std::to_string(value));
  }
}

TEST(Text, EditDistanceCountsInsertDeleteReplace) {
  EXPECT_EQ(editDistance("", ""), 0u);
  EXPECT_EQ(editDistance("abc", ""), 3u);
  EXPECT_EQ(editDistance("", "abc"), 3u);
  EXPECT_EQ(editDistance("kitten", "sitting"), 3u);
  EXPECT_EQ(editDistance("clusters", "cluster"), 1u);
}

TEST(Text, ALogLineStaysOneLineOfAscii) {
  std::string out = "x ";
  appendLogEscaped(out, std::string_view("a\"b\\c\r\n\0\x7f\xc3~", 11));
  EXPECT_EQ(out, "x a\\x22b\\x5Cc\\x0D\\x0A\\x00\\x7F\\xC3~");
}

TEST(Text, WhatIsNotUtf8IsReplacedOctetByOctet) {
  EXPECT_EQ(wellFormedUtf8("a\xc3\xa9z"), "a\xc3\xa9z");
  EXPECT_EQ(wellFormedUtf8("\xe2\x80"), "\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(wellFormedUtf8("\xff!"), "\xef\xbf\xbd!");
}

}  // namespace
}  // namespace convoy::base
