#include "common/config/uri_template.h"

#include <algorithm>
#include <cctype>

namespace convoy::config {

namespace {

// The bytes of a path segment (RFC 3986 pchar), and with the slash between them.
constexpr std::string_view kSegment = "[a-zA-Z0-9-._~%!$&'()+,;:@=]+";
constexpr std::string_view kSegments = "[a-zA-Z0-9-._~%!$&'()+,;:@=/]*";
constexpr size_t kMostVariables = 5;  // as Envoy

base::Error wrong(std::string why) {
  return base::Error::make(base::ErrorKind::InvalidArgument, std::move(why));
}

bool isLiteral(char c) {
  const bool alnum = std::isalnum(static_cast<unsigned char>(c)) != 0;
  return alnum || std::string_view("-._~%!$&'()+,;:@=/").find(c) != std::string_view::npos;
}

bool isName(std::string_view name) {
  const auto word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
  return !name.empty() && name.size() <= 16 &&
         std::isalpha(static_cast<unsigned char>(name.front())) != 0 &&
         std::all_of(name.begin(), name.end(), word);
}

class Parser {
 public:
  explicit Parser(std::string_view pattern) : rest_(pattern) {}

  base::Result<UriTemplate> run() {
    if (!rest_.starts_with('/')) return wrong("a path template begins with '/'");
    if (rest_.find("//") != std::string_view::npos) {
      return wrong("a path template has no empty segments");
    }
    while (!rest_.empty() && error_.empty()) {
      if (rest_.front() == '{') {
        variable();
      } else {
        piece(rest_);
      }
    }
    if (!error_.empty()) return wrong(error_);
    return std::move(out_);
  }

 private:
  // One operator or literal byte.
  void piece(std::string_view& text) {
    if (ended_) {
      if (text.front() == '*' || text.front() == '{') {
        error_ = "nothing that matches may follow \"**\"";
        return;
      }
    }
    if (text.starts_with("**")) {
      out_.regex += kSegments;
      text.remove_prefix(2);
      ended_ = true;
      if (text.starts_with('*')) error_ = "\"***\" is no operator";
    } else if (text.front() == '*') {
      out_.regex += kSegment;
      text.remove_prefix(1);
    } else if (!isLiteral(text.front())) {
      error_ =
          "the character '" + std::string(1, text.front()) + "' cannot stand in a path template";
    } else {
      if (std::string_view(".+$()").find(text.front()) != std::string_view::npos) {
        out_.regex += '\\';
      }
      out_.regex += text.front();
      text.remove_prefix(1);
    }
  }

  void variable() {
    const size_t end = rest_.find('}');
    if (end == std::string_view::npos) {
      error_ = "a '{' is not closed";
      return;
    }
    if (ended_) {
      error_ = "nothing that matches may follow \"**\"";
      return;
    }
    const std::string_view inside = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    const size_t equals = inside.find('=');
    const std::string name(inside.substr(0, equals));
    if (!isName(name)) {
      error_ = "\"" + name + "\" is no name of a variable";
    } else if (std::find(out_.variables.begin(), out_.variables.end(), name) !=
               out_.variables.end()) {
      error_ = "there are two variables \"" + name + "\"";
    } else if (out_.variables.size() == kMostVariables) {
      error_ = "a path template has at most 5 variables";
    }
    out_.variables.push_back(name);
    out_.regex += '(';
    std::string_view pattern = equals == std::string_view::npos ? "*" : inside.substr(equals + 1);
    if (pattern.empty()) error_ = "the pattern of a variable is empty";
    while (!pattern.empty() && error_.empty()) piece(pattern);
    out_.regex += ')';
  }

  std::string_view rest_;
  UriTemplate out_;
  std::string error_;
  bool ended_ = false;  // "**" was there
};

}  // namespace

base::Result<UriTemplate> parseUriTemplate(std::string_view pattern) {
  return Parser(pattern).run();
}

base::Result<std::string> uriSubstitution(std::string_view rewrite,
                                          const std::vector<std::string>& variables) {
  if (!rewrite.starts_with('/')) return wrong("a rewritten path begins with '/'");
  std::string out;
  while (!rewrite.empty()) {
    if (rewrite.front() == '{') {
      const size_t end = rewrite.find('}');
      if (end == std::string_view::npos) return wrong("a '{' is not closed");
      const std::string_view name = rewrite.substr(1, end - 1);
      const auto found = std::find(variables.begin(), variables.end(), name);
      if (found == variables.end()) {
        return wrong("the path template has no variable \"" + std::string(name) + "\"");
      }
      out += "\\" + std::to_string(found - variables.begin() + 1);
      rewrite.remove_prefix(end + 1);
      continue;
    }
    if (!isLiteral(rewrite.front())) {
      return wrong("the character '" + std::string(1, rewrite.front()) +
                   "' cannot stand in a rewritten path");
    }
    out += rewrite.front();
    rewrite.remove_prefix(1);
  }
  return out;
}

}  // namespace convoy::config
