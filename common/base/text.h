// Small text functions that more than one room needs: trim, split, numbers, ASCII case. ASCII only,
// no locale, no allocation unless the return type says so. Any process.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace convoy::base {

constexpr char toLower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}
std::string lowered(std::string_view s);
bool equalsIgnoreCase(std::string_view a, std::string_view b);
bool startsWithIgnoreCase(std::string_view s, std::string_view prefix);
// Strips SP and HTAB at both ends (the OWS of RFC 9110 section 5.6.3).
std::string_view trimOws(std::string_view s);
// Splits at every `separator`; empty pieces are kept; "" gives one empty piece.
std::vector<std::string_view> split(std::string_view s, char separator);
// Strict decimal: digits only, no sign, no spaces, no overflow.
std::optional<uint64_t> parseUint(std::string_view s);
// Writes decimal digits, returns the end. `out` holds at least 20 bytes.
char* formatUint(char* out, uint64_t value);
// Levenshtein distance; used for "did you mean".
size_t editDistance(std::string_view a, std::string_view b);
// "\xHH" for bytes < 0x20, 0x7f, >= 0x80, and for `"` and `\` (security.md section 6: log lines).
void appendLogEscaped(std::string& out, std::string_view s);
// Length of the well-formed UTF-8 sequence at the front, 0 if there is none.
size_t utf8Length(std::string_view s);
// With U+FFFD for each octet that is not UTF-8: for readers that refuse a whole text for one.
std::string wellFormedUtf8(std::string_view s);

}  // namespace convoy::base
