#include "common/http/field_lines.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

namespace convoy::http {
namespace {

struct Split {
  std::string wrong;
  std::string text;  // "name=value|" of each field
};

// In memory of exactly its size, so that reading beyond it is found.
Split split(const std::string& section, size_t max_fields = 100) {
  std::vector<char> own(section.begin(), section.end());
  std::vector<RawField> fields;
  Split out;
  out.wrong = splitFields(own.data(), own.size(), max_fields, fields);
  for (const RawField& field : fields) {
    out.text += std::string(field.name) + "=" + std::string(field.value) + "|";
  }
  return out;
}

TEST(FieldLines, NamesAreLowerAndValuesTrimmed) {
  const Split got =
      split("Host: a\r\nX-Long-Name:\t  b \tc \t \r\nEmpty:\r\nBlank: \t \r\nNone:x\r\n\r\nrest");
  EXPECT_EQ(got.wrong, "");
  EXPECT_EQ(got.text, "host=a|x-long-name=b \tc|empty=|blank=|none=x|");
}

TEST(FieldLines, WhatIsWrongHasAName) {
  EXPECT_EQ(split("a: b\r\n c\r\n\r\n").wrong, "obs_fold");
  EXPECT_EQ(split("\tc\r\n\r\n").wrong, "obs_fold");
  EXPECT_EQ(split("a b: c\r\n\r\n").wrong, "invalid_field_name");
  EXPECT_EQ(split("a : c\r\n\r\n").wrong, "invalid_field_name");
  EXPECT_EQ(split(std::string("a\0: c\r\n\r\n", 9)).wrong, "invalid_field_name");
  EXPECT_EQ(split("a\x80: c\r\n\r\n").wrong, "invalid_field_name");
  EXPECT_EQ(split("abc\r\n\r\n").wrong, "field_without_colon");
  EXPECT_EQ(split(": c\r\n\r\n").wrong, "empty_field_name");
  EXPECT_EQ(split("a: b\rc\r\n\r\n").wrong, "invalid_field_value");
  EXPECT_EQ(split("a: b\x7f\r\n\r\n").wrong, "invalid_field_value");
  EXPECT_EQ(split("a: b\nc: d\r\n\r\n").wrong, "bare_lf");
  EXPECT_EQ(split("a: b\r\n").wrong, "bare_lf");
  EXPECT_EQ(split("a: 1\r\nb: 2\r\nc: 3\r\n\r\n", 2).wrong, "too_many_fields");
  EXPECT_EQ(split("a: 1\r\nb: 2\r\n\r\n", 2).wrong, "");
}

TEST(FieldLines, EachOctetIsJudgedAlikeWhereverItStands) {
  for (int octet = 0; octet < 256; ++octet) {
    const auto c = static_cast<char>(octet);
    const bool control = (octet < 0x20 && c != '\t') || octet == 0x7f;
    for (size_t before = 0; before < 40; ++before) {
      const std::string value = std::string(before, 'x') + c + std::string(39 - before, 'y');
      const Split got = split("n: " + value + "\r\n\r\n");
      EXPECT_EQ(got.wrong.empty(), !control) << octet << " at " << before;
    }
    if (tokenLower(static_cast<unsigned char>(octet)) == 0 && c != ':') {
      EXPECT_NE(split(std::string("a") + c + ": b\r\n\r\n").wrong, "") << octet;
    }
  }
}

// The rules once more, one octet after the other.
Split plain(const std::string& section) {
  Split out;
  size_t at = 0;
  for (;;) {
    const size_t end = section.find("\r\n", at);
    if (end == at) return out;
    if (end == std::string::npos) return {"?", out.text};
    const std::string line = section.substr(at, end - at);
    at = end + 2;
    const size_t colon = line.find(':');
    if (colon == std::string::npos || colon == 0) return {"?", out.text};
    std::string name = line.substr(0, colon);
    for (char& c : name) {
      const unsigned char lower = tokenLower(static_cast<unsigned char>(c));
      if (lower == 0) return {"?", out.text};
      c = static_cast<char>(lower);
    }
    std::string value = line.substr(colon + 1);
    for (const char c : value) {
      const auto octet = static_cast<unsigned char>(c);
      if ((octet < 0x20 && c != '\t') || octet == 0x7f) return {"?", out.text};
    }
    value.erase(0, std::min(value.find_first_not_of(" \t"), value.size()));
    value.erase(value.find_last_not_of(" \t") + 1);
    out.text += name + "=" + value + "|";
  }
}

TEST(FieldLines, AgreesWithThePlainRulesOnRandomHeads) {
  std::mt19937 random(9110);
  const std::string alphabet = "aZ-:: \t09\r\n\x7f\x80;=,/";
  int good = 0;
  for (int i = 0; i < 200000; ++i) {
    std::string section;
    const size_t lines = random() % 4;
    for (size_t line = 0; line < lines; ++line) {
      section += "N:";
      for (size_t n = random() % 40; n > 0; --n) {
        // Seldom one that may be wrong.
        section += random() % 60 == 0 ? alphabet[random() % alphabet.size()]
                                      : static_cast<char>('!' + random() % 90);
      }
      section += "\r\n";
    }
    section += "\r\n";
    const Split got = split(section), want = plain(section);
    ASSERT_EQ(got.wrong.empty(), want.wrong.empty()) << section << got.wrong;
    if (got.wrong.empty()) {
      ASSERT_EQ(got.text, want.text) << section;
      ++good;
    }
  }
  EXPECT_GT(good, 10000);
}

}  // namespace
}  // namespace convoy::http
