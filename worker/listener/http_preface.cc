#include "worker/listener/http_preface.h"

#include <algorithm>

namespace convoy::worker {

namespace {

constexpr std::string_view kHttp2 = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr size_t kMostOfLine = 8192;  // as the codec takes

bool isMethodOctet(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
}

}  // namespace

bool findHttpProtocol(std::string_view bytes, std::string_view& protocol) {
  protocol = {};
  const std::string_view begin = bytes.substr(0, std::min(bytes.size(), kHttp2.size()));
  if (begin == kHttp2.substr(0, begin.size())) {
    if (begin.size() < kHttp2.size()) return false;
    protocol = "h2c";
    return true;
  }
  // Empty lines before a request are let pass (RFC 9112 section 2.2).
  const size_t start = bytes.find_first_not_of("\r\n");
  if (start == std::string_view::npos) return bytes.size() > 8;
  bytes.remove_prefix(start);
  const size_t method = bytes.find(' ');
  const std::string_view word = bytes.substr(0, method);
  if (!std::all_of(word.begin(), word.end(), isMethodOctet) || word.empty()) return true;
  const size_t end = bytes.find('\n');
  if (end == std::string_view::npos) {
    const size_t limit = method == std::string_view::npos ? 32 : kMostOfLine;
    return bytes.size() >= limit;
  }
  std::string_view line = bytes.substr(0, end);
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.ends_with(" HTTP/1.1")) protocol = "http/1.1";
  if (line.ends_with(" HTTP/1.0")) protocol = "http/1.0";
  return true;
}

}  // namespace convoy::worker
