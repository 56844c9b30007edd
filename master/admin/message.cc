#include "master/admin/message.h"

#include "common/base/text.h"

namespace convoy::master {

namespace {

int hexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = base::toLower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// In a query '+' stays: "filter=a+" is a regular expression there, and Envoy keeps it.
std::string decode(std::string_view s, bool plus_is_space) {
  std::string out;
  for (size_t i = 0; i < s.size(); ++i) {
    const int high = i + 2 < s.size() ? hexDigit(s[i + 1]) : -1;
    const int low = high >= 0 ? hexDigit(s[i + 2]) : -1;
    if (s[i] == '%' && low >= 0) {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += s[i] == '+' && plus_is_space ? ' ' : s[i];
    }
  }
  return out;
}

void parsePairs(std::string_view text, bool plus_is_space, AdminRequest* request) {
  if (text.empty()) return;
  for (std::string_view pair : base::split(text, '&')) {
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    request->params.emplace_back(decode(pair.substr(0, equals), plus_is_space),
                                 decode(value, plus_is_space));
  }
}

}  // namespace

const std::string* AdminRequest::param(std::string_view name) const {
  for (const auto& [key, value] : params) {
    if (key == name) return &value;
  }
  return nullptr;
}

void parseTarget(std::string_view target, AdminRequest* request) {
  request->target = target;
  target = target.substr(0, target.find('#'));
  const size_t question = target.find('?');
  request->path.clear();
  for (char c : target.substr(0, question)) {
    if (c != '/' || request->path.empty() || request->path.back() != '/') request->path += c;
  }
  if (question != std::string_view::npos) {
    parsePairs(target.substr(question + 1), false, request);
  }
}

void parseForm(std::string_view body, AdminRequest* request) {
  parsePairs(body, true, request);
}

}  // namespace convoy::master
