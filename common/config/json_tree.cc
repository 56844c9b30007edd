// Why not jsoncpp here: its errors and offsets come as text, it accepts comments and trailing
// commas, and a duplicate key silently wins. A configuration needs the exact line and column of
// each value.
#include "common/config/tree.h"
#include "common/config/tree_builder.h"

namespace convoy::config {

namespace {

class JsonReader {
 public:
  JsonReader(std::string_view text, SyntaxError& error) : text_(text), error_(error) {}

  bool document(TreeNode& out) {
    if (text_.starts_with("\xef\xbb\xbf")) advance(3);
    skipSpace();
    if (!value(out, 0)) return false;
    skipSpace();
    return at_ == text_.size() || fail("unexpected text after the end of the document");
  }

 private:
  Origin here() const { return Origin{line_, column_}; }
  bool fail(std::string message) { return failAt(here(), std::move(message)); }
  bool failAt(Origin origin, std::string message) {
    error_ = SyntaxError{origin, std::move(message)};
    return false;
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void advance(size_t n = 1) {
    for (; n > 0 && at_ < text_.size(); --n, ++at_) {
      if (text_[at_] == '\n') {
        ++line_;
        column_ = 1;
      } else {
        ++column_;
      }
    }
  }
  void skipSpace() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) {
      advance();
    }
  }

  bool value(TreeNode& out, int depth) {
    if (depth > kMaxDepth) return fail("nested deeper than 100 levels");
    out.origin = here();
    switch (peek()) {
      case '{':
        return object(out, depth);
      case '[':
        return array(out, depth);
      case '"':
        out.kind = TreeNode::Kind::String;
        if (!string()) return false;
        out.scalar = string_;
        return true;
      default:
        return word(out);
    }
  }

  bool object(TreeNode& out, int depth) {
    out.kind = TreeNode::Kind::Map;
    advance();
    skipSpace();
    if (peek() == '}') {
      advance();
      return true;
    }
    const size_t mark = open_.mark();
    MemberIndex known;
    for (;;) {
      const Origin key_origin = here();
      if (peek() == '/' || peek() == '#') return fail("JSON has no comments");
      if (peek() != '"') return fail("expected a field name in double quotes");
      if (!string()) return false;
      skipSpace();
      if (peek() != ':') return fail("expected ':' after the field name \"" + string_ + "\"");
      advance();
      skipSpace();
      if (known.find(open_.since(mark), string_) != MemberIndex::kNone) {
        return failAt(key_origin, "the field \"" + string_ + "\" stands here a second time");
      }
      base::CompactText key = keyText(string_);
      TreeNode member;
      member.key_origin = key_origin;
      if (!value(member, depth + 1)) return false;
      open_.push(std::move(key), std::move(member));
      skipSpace();
      if (peek() == '}') {
        advance();
        open_.popMembers(mark, out);
        return true;
      }
      if (at_ == text_.size()) return fail("the text ends here, but a '}' is still missing");
      if (peek() != ',') return fail("expected ',' or '}' here");
      advance();
      skipSpace();
      if (peek() == '}') return fail("a comma before '}' is not allowed in JSON");
    }
  }

  bool array(TreeNode& out, int depth) {
    out.kind = TreeNode::Kind::List;
    advance();
    skipSpace();
    if (peek() == ']') {
      advance();
      return true;
    }
    const size_t mark = open_.mark();
    for (;;) {
      TreeNode item;
      if (!value(item, depth + 1)) return false;
      item.key_origin = item.origin;
      open_.push({}, std::move(item));
      skipSpace();
      if (peek() == ']') {
        advance();
        open_.popElements(mark, out);
        return true;
      }
      if (at_ == text_.size()) return fail("the text ends here, but a ']' is still missing");
      if (peek() != ',') return fail("expected ',' or ']' here");
      advance();
      skipSpace();
      if (peek() == ']') return fail("a comma before ']' is not allowed in JSON");
    }
  }

  static int hex(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  }

  bool codeUnit(unsigned& out) {
    out = 0;
    for (int i = 0; i < 4; ++i) {
      const int digit = hex(peek());
      if (digit < 0) return fail("\\u needs four hexadecimal digits");
      out = out * 16 + static_cast<unsigned>(digit);
      advance();
    }
    return true;
  }

  static void appendUtf8(unsigned code, std::string& out) {
    const auto put = [&](unsigned byte) { out.push_back(static_cast<char>(byte)); };
    if (code < 0x80) {
      put(code);
    } else if (code < 0x800) {
      put(0xc0 | (code >> 6));
      put(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
      put(0xe0 | (code >> 12));
      put(0x80 | ((code >> 6) & 0x3f));
      put(0x80 | (code & 0x3f));
    } else {
      put(0xf0 | (code >> 18));
      put(0x80 | ((code >> 12) & 0x3f));
      put(0x80 | ((code >> 6) & 0x3f));
      put(0x80 | (code & 0x3f));
    }
  }

  bool escape(std::string& out) {
    const char c = peek();
    advance();
    switch (c) {
      case '"':
      case '\\':
      case '/':
        out.push_back(c);
        return true;
      case 'b':
        out.push_back('\b');
        return true;
      case 'f':
        out.push_back('\f');
        return true;
      case 'n':
        out.push_back('\n');
        return true;
      case 'r':
        out.push_back('\r');
        return true;
      case 't':
        out.push_back('\t');
        return true;
      case 'u': {
        unsigned code = 0;
        if (!codeUnit(code)) return false;
        if (code >= 0xd800 && code < 0xdc00) {
          unsigned low = 0;
          if (text_.substr(at_, 2) != "\\u") return fail("half a surrogate pair");
          advance(2);
          if (!codeUnit(low)) return false;
          if (low < 0xdc00 || low > 0xdfff) return fail("half a surrogate pair");
          code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        } else if (code >= 0xdc00 && code < 0xe000) {
          return fail("half a surrogate pair");
        }
        appendUtf8(code, out);
        return true;
      }
      default:
        return fail("unknown escape in a string");
    }
  }

  // Into string_.
  bool string() {
    const Origin start = here();
    string_.clear();
    advance();
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        advance();
        return true;
      }
      if (static_cast<unsigned char>(c) < 0x20) {
        return fail(c == '\n' ? "this string does not end on its line"
                              : "a control character must be written as an escape");
      }
      advance();
      if (c != '\\') {
        string_.push_back(c);
      } else if (!escape(string_)) {
        return false;
      }
    }
    return failAt(start, "this string never ends");
  }

  bool word(TreeNode& out) {
    const size_t start = at_;
    const Origin origin = here();
    while (at_ < text_.size() &&
           std::string_view(" \t\r\n,]}:\"{[").find(text_[at_]) == std::string_view::npos) {
      advance();
    }
    const std::string_view text = text_.substr(start, at_ - start);
    out.scalar = text;
    out.quoted = false;
    if (text == "null") {
      out.kind = TreeNode::Kind::Null;
      return true;
    }
    if (text == "true" || text == "false") {
      out.kind = TreeNode::Kind::Bool;
      return true;
    }
    if (isNumber(text)) {
      out.kind = TreeNode::Kind::Number;
      return true;
    }
    if (text.empty()) {
      return failAt(origin, at_ == text_.size() ? "the text ends here, in the middle of a value"
                                                : "expected a value here");
    }
    return failAt(origin, "\"" + std::string(text.substr(0, 40)) +
                              "\" is not a JSON value; text needs double quotes");
  }

  static bool isNumber(std::string_view s) {
    size_t i = 0;
    const auto digits = [&] {
      const size_t from = i;
      while (i < s.size() && s[i] >= '0' && s[i] <= '9') ++i;
      return i > from;
    };
    if (i < s.size() && s[i] == '-') ++i;
    const size_t first = i;
    if (!digits() || (s[first] == '0' && i - first > 1)) return false;
    if (i < s.size() && s[i] == '.') {
      ++i;
      if (!digits()) return false;
    }
    if (i < s.size() && (s[i] == 'e' || s[i] == 'E')) {
      ++i;
      if (i < s.size() && (s[i] == '+' || s[i] == '-')) ++i;
      if (!digits()) return false;
    }
    return i == s.size();
  }

  std::string_view text_;
  SyntaxError& error_;
  TreeStack open_;
  std::string string_;  // the last one that was read
  size_t at_ = 0;
  int line_ = 1;
  int column_ = 1;
};

}  // namespace

bool parseJsonTree(std::string_view text, TreeNode& out, SyntaxError& error) {
  return JsonReader(text, error).document(out);
}

}  // namespace convoy::config
