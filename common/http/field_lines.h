// field_lines: the field lines of a head in one pass over their octets: names checked and
// lower-cased in place, values checked 16 octets at a time and trimmed. The octets of 80 % of all
// heads pass here, so it is written for speed; what a field means is message_rules' business.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "common/http/h1_parser.h"

namespace convoy::http {

constexpr std::array<unsigned char, 256> makeTokenTable() {
  std::array<unsigned char, 256> table{};
  const auto set = [&table](char c, char lower) {
    table[static_cast<unsigned char>(c)] = static_cast<unsigned char>(lower);
  };
  for (char c = '0'; c <= '9'; ++c) set(c, c);
  for (char c = 'a'; c <= 'z'; ++c) {
    set(c, c);
    set(static_cast<char>(c - 'a' + 'A'), c);
  }
  for (const char c :
       {'!', '#', '$', '%', '&', '\'', '*', '+', '-', '.', '^', '_', '`', '|', '~'}) {
    set(c, c);
  }
  return table;
}

// A character of a token (RFC 9110 section 5.6.2) in lower case; 0: none.
inline constexpr std::array<unsigned char, 256> kTokenLower = makeTokenTable();
inline unsigned char tokenLower(unsigned char c) {
  return kTokenLower[c];
}

// An octet below 0x20 other than TAB, or DEL: no field value has one.
bool hasControl(std::string_view s);

// `at` begins with a field line or the empty line that ends them, which must be there. Appends to
// `out` views into the same octets. Returns "" or the detail of what is wrong: obs_fold,
// invalid_field_name, field_without_colon, empty_field_name, invalid_field_value, too_many_fields,
// bare_lf (RFC 9112 sections 2.2 and 5).
std::string_view splitFields(char* at, size_t size, size_t max_fields, std::vector<RawField>& out);

}  // namespace convoy::http
