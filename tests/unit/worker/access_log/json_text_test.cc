#include "worker/access_log/json_text.h"

#include <string>

#include <gtest/gtest.h>

namespace convoy::worker {
namespace {

std::string json(std::string_view s) {
  std::string out;
  appendJsonString(out, s);
  return out;
}

TEST(JsonText, QuotesBackslashesAndControlBytesAreEscaped) {
  EXPECT_EQ(json("a\"b\\c\n\r\t\x01\x7f"), R"("a\"b\\c\n\r\t\u0001\u007f")");
  EXPECT_EQ(json(std::string_view("\0", 1)), R"("\u0000")");
}

TEST(JsonText, WellFormedUtf8IsKept) {
  EXPECT_EQ(json("gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\x9A\x9A"),
            "\"gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\x9A\x9A\"");
}

TEST(JsonText, BytesOutsideUtf8AreEscapedOneByOne) {
  EXPECT_EQ(json("\xE9t\xE9"), R"("\u00e9t\u00e9")");                    // Latin-1
  EXPECT_EQ(json("\xC0\xAF"), R"("\u00c0\u00af")");                      // overlong
  EXPECT_EQ(json("\xE0\x80\xAF"), R"("\u00e0\u0080\u00af")");            // overlong
  EXPECT_EQ(json("\xED\xA0\x80"), R"("\u00ed\u00a0\u0080")");            // surrogate
  EXPECT_EQ(json("\xF4\x90\x80\x80"), R"("\u00f4\u0090\u0080\u0080")");  // above U+10FFFF
  EXPECT_EQ(json("\xF0\x80\x80\x80"), R"("\u00f0\u0080\u0080\u0080")");
  EXPECT_EQ(json("\xE2\x82"), R"("\u00e2\u0082")");  // cut short
}

}  // namespace
}  // namespace convoy::worker
