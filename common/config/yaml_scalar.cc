#include "common/config/yaml_scalar.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <initializer_list>
#include <string>

namespace convoy::config {

namespace {

bool isOneOf(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool isTrue(std::string_view s) {
  return isOneOf(s, {"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"});
}

bool isFalse(std::string_view s) {
  return isOneOf(s, {"n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"});
}

// As yaml-cpp's convert<int64_t>: with a sign, hexadecimal and octal too.
bool isInteger(std::string_view s, int64_t& number) {
  const char first = s.empty() ? '\0' : s[0];
  if ((first < '0' || first > '9') && first != '-' && first != '+') return false;
  if (first >= '1' && first <= '9') {
    const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), number);
    if (error == std::errc() && end == s.data() + s.size()) return true;
  }
  if (s.find_first_not_of("0123456789abcdefABCDEFxX+- \t\r\n") != std::string_view::npos) {
    return false;
  }
  const std::string text(s.substr(0, s.find_last_not_of(" \t\r\n") + 1));
  char* end = nullptr;
  errno = 0;
  number = std::strtoll(text.c_str(), &end, 0);
  return errno == 0 && end != text.c_str() && *end == '\0';
}

}  // namespace

bool isYamlNull(std::string_view text) {
  return isOneOf(text, {"", "~", "null", "Null", "NULL"});
}

TreeNode yamlScalar(std::string_view text, bool quoted, Origin origin) {
  TreeNode node;
  node.kind = TreeNode::Kind::String;
  node.quoted = quoted;
  node.origin = node.key_origin = origin;
  int64_t number = 0;
  if (!quoted && text.size() <= 5 && (isTrue(text) || isFalse(text))) {
    node.kind = TreeNode::Kind::Bool;
    node.scalar = isTrue(text) ? "true" : "false";
  } else if (!quoted && isInteger(text, number)) {
    node.kind = TreeNode::Kind::Number;
    node.scalar = std::to_string(number);
  } else {
    node.scalar = text;
  }
  return node;
}

}  // namespace convoy::config
