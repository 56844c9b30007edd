#include "worker/access_log/json_text.h"

namespace convoy::worker {
namespace {

unsigned char byteAt(std::string_view s, size_t i) {
  return static_cast<unsigned char>(s[i]);
}
bool isContinuation(std::string_view s, size_t i) {
  return i < s.size() && (byteAt(s, i) & 0xC0) == 0x80;
}

// Length of the well-formed sequence at `i` (RFC 3629 section 4: no overlong forms, no surrogates,
// nothing above U+10FFFF), or 0.
size_t utf8Length(std::string_view s, size_t i) {
  const unsigned char lead = byteAt(s, i);
  if (lead < 0xC2 || lead > 0xF4 || !isContinuation(s, i + 1)) return 0;
  if (lead < 0xE0) return 2;
  const unsigned char second = byteAt(s, i + 1);
  if (!isContinuation(s, i + 2)) return 0;
  if (lead < 0xF0) {
    const bool overlong = lead == 0xE0 && second < 0xA0;
    const bool surrogate = lead == 0xED && second > 0x9F;
    return overlong || surrogate ? 0 : 3;
  }
  if (!isContinuation(s, i + 3)) return 0;
  const bool overlong = lead == 0xF0 && second < 0x90;
  const bool too_high = lead == 0xF4 && second > 0x8F;
  return overlong || too_high ? 0 : 4;
}

void appendEscape(std::string& out, unsigned char byte) {
  static constexpr char kHex[] = "0123456789abcdef";
  switch (byte) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  out += "\\u00";
  out += kHex[byte >> 4];
  out += kHex[byte & 15];
}

bool isPlain(unsigned char byte) {
  return byte >= 0x20 && byte < 0x7F && byte != '"' && byte != '\\';
}

}  // namespace

void appendJsonEscaped(std::string& out, std::string_view s) {
  size_t i = 0;
  while (i < s.size()) {
    size_t run = i;
    while (run < s.size() && isPlain(byteAt(s, run))) ++run;
    out.append(s.substr(i, run - i));
    i = run;
    if (i == s.size()) break;
    const size_t length = byteAt(s, i) >= 0x80 ? utf8Length(s, i) : 0;
    if (length == 0) {
      appendEscape(out, byteAt(s, i++));
    } else {
      out.append(s.substr(i, length));
      i += length;
    }
  }
}

void appendJsonString(std::string& out, std::string_view s) {
  out += '"';
  appendJsonEscaped(out, s);
  out += '"';
}

}  // namespace convoy::worker
