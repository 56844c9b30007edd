#include "common/config/simple_yaml.h"

#include <array>
#include <optional>
#include <utility>

#include "common/config/tree_builder.h"
#include "common/config/yaml_scalar.h"

namespace convoy::config {

namespace {

// What a name may consist of, and a plain scalar begin with: nothing that means something in YAML.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> out{};
  for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                       "0123456789_./")) {
    out[static_cast<unsigned char>(c)] = true;
  }
  return out;
}();

bool isPlain(char c) {
  return kPlain[static_cast<unsigned char>(c)];
}

class SimpleYaml {
 public:
  explicit SimpleYaml(std::string_view text) : text_(text) {}

  bool document(TreeNode& out) {
    TreeNode root;
    if (text_.starts_with("---\n")) endLine();
    if (!toContent() || ended_ || !block(root, 0)) return false;
    if (!ended_) return false;
    out = std::move(root);
    return true;
  }

 private:
  size_t column() const { return at_ - line_start_; }
  Origin here() const { return Origin{line_, static_cast<int>(column()) + 1}; }
  char peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\n';
  }
  // "- " or a dash at the end of its line.
  bool isDash() const { return peek() == '-' && (peek(1) == ' ' || peek(1) == '\n'); }
  void skipSpaces() {
    while (peek() == ' ') ++at_;
  }
  // Behind a value: nothing more on this line. REQUIRES: the byte before is part of the value, or a
  // space.
  bool atEndOfLine() const { return peek() == '\n' || (peek() == '#' && text_[at_ - 1] == ' '); }
  void endLine() {
    const size_t end = text_.find('\n', at_);
    at_ = end == std::string_view::npos ? text_.size() : end + 1;
    line_start_ = at_;
    ++line_;
  }

  // From the start of a line to the first byte of the next line that says something.
  bool toContent() {
    for (;;) {
      if (at_ >= text_.size()) {
        ended_ = true;
        return true;
      }
      skipSpaces();
      if (peek() == '#') {
        if (!isSimpleComment()) return false;
        endLine();
      } else if (peek() == '\n') {
        if (at_ >= text_.size()) continue;
        endLine();
      } else {
        return isSimpleLine();
      }
    }
  }

  // yaml-cpp ends the text at some control bytes, even here, and the line at a CR.
  bool isSimpleComment() const {
    for (size_t i = at_; i < text_.size() && text_[i] != '\n'; ++i) {
      if (static_cast<unsigned char>(text_[i]) < 0x20 && text_[i] != '\t') return false;
    }
    return true;
  }

  // No tabs or control bytes, nothing of more than one byte (columns), no mark of a document.
  bool isSimpleLine() {
    for (size_t i = at_; i < text_.size() && text_[i] != '\n'; ++i) {
      const auto byte = static_cast<unsigned char>(text_[i]);
      if (byte < 0x20 || byte >= 0x7f) return false;
    }
    return column() != 0 || (!text_.substr(at_).starts_with("---") &&
                             !text_.substr(at_).starts_with("...") && peek() != '%');
  }

  // At the first byte of a map or a list; behind it afterwards, at the next content.
  bool block(TreeNode& out, int depth) {
    if (depth > kMaxDepth) return false;
    return isDash() ? list(out, depth) : map(out, depth);
  }

  bool map(TreeNode& out, int depth) {
    const size_t indent = column();
    out.kind = TreeNode::Kind::Map;
    out.origin = out.key_origin = here();
    const size_t mark = open_.mark();
    MemberIndex known;
    do {
      const Origin key_origin = here();
      const auto name = key();
      if (!name || known.find(open_.since(mark), *name) != MemberIndex::kNone) return false;
      TreeNode value;
      if (!valueOf(value, indent, depth + 1)) return false;
      value.key_origin = key_origin;
      open_.push(keyText(*name), std::move(value));
    } while (!ended_ && column() == indent && !isDash());
    if (!ended_ && column() >= indent) return false;
    open_.popMembers(mark, out);
    return true;
  }

  // Behind "name:".
  bool valueOf(TreeNode& out, size_t indent, int depth) {
    skipSpaces();
    if (!atEndOfLine()) return inlineValue(out, indent, depth);
    endLine();
    if (!toContent() || ended_) return false;
    if (column() > indent) return block(out, depth);
    if (column() == indent && isDash()) return list(out, depth);
    // Nothing: yaml-cpp has it stand where it saw that.
    out.origin = here();
    return depth <= kMaxDepth;
  }

  bool list(TreeNode& out, int depth) {
    if (depth > kMaxDepth) return false;
    const size_t indent = column();
    out.kind = TreeNode::Kind::List;
    out.origin = out.key_origin = here();
    const size_t mark = open_.mark();
    while (!ended_ && column() == indent && isDash()) {
      TreeNode item;
      ++at_;
      if (!itemOf(item, indent, depth + 1)) return false;
      open_.push({}, std::move(item));
    }
    if (!ended_ && column() > indent) return false;
    open_.popElements(mark, out);
    return true;
  }

  // Behind "-".
  bool itemOf(TreeNode& out, size_t indent, int depth) {
    skipSpaces();
    if (atEndOfLine()) {
      endLine();
      return toContent() && !ended_ && column() > indent && block(out, depth);
    }
    if (isDash() || isKey()) return block(out, depth);
    return inlineValue(out, indent, depth);
  }

  // "name:" stands here.
  bool isKey() {
    const size_t start = at_;
    const bool found = key().has_value();
    at_ = start;
    return found;
  }

  // Reads "name:"; nothing: it is something else.
  std::optional<std::string_view> key() {
    std::string_view name;
    if (peek() == '"' || peek() == '\'') {
      const char quote = peek();
      const size_t end = text_.find_first_of("\"'\\\n", at_ + 1);
      if (end == std::string_view::npos || text_[end] != quote) return std::nullopt;
      name = text_.substr(at_ + 1, end - at_ - 1);
      at_ = end + 1;
      if (peek() == quote) return std::nullopt;  // 'it''s'
    } else {
      const size_t start = at_;
      while (isPlain(peek()) || (at_ > start && peek() == '-')) ++at_;
      name = text_.substr(start, at_ - start);
      if (isYamlNull(name)) return std::nullopt;
    }
    if (peek() != ':' || (peek(1) != ' ' && peek(1) != '\n')) return std::nullopt;
    if (name.size() > kLongestKey || name == "<<") return std::nullopt;
    ++at_;
    return name;
  }

  // A value that ends on its line. What is indented deeper than `indent` after it continues it.
  bool inlineValue(TreeNode& out, size_t indent, int depth) {
    const bool ok = peek() == '[' || peek() == '{'    ? flow(out, depth)
                    : peek() == '"' || peek() == '\'' ? quoted(out, depth)
                                                      : plain(out, depth);
    if (!ok) return false;
    skipSpaces();
    if (!atEndOfLine()) return false;
    endLine();
    return toContent() && (ended_ || column() <= indent);
  }

  bool plain(TreeNode& out, int depth) {
    if (depth > kMaxDepth) return false;
    const bool negative = peek() == '-' && peek(1) >= '0' && peek(1) <= '9';
    if (!negative && !isPlain(peek()) && kAlsoFirst.find(peek()) == std::string_view::npos) {
      return false;
    }
    const Origin origin = here();
    const size_t start = at_;
    for (; peek() != '\n'; ++at_) {
      if (peek() == ':' && (peek(1) == ' ' || peek(1) == '\n')) return false;
      if (peek() == '#' && text_[at_ - 1] == ' ') break;
    }
    plainScalar(start, origin, out);
    return true;
  }

  // In a flow collection.
  bool plainInFlow(TreeNode& out) {
    if (!isPlain(peek()) && !(peek() == '-' && peek(1) >= '0' && peek(1) <= '9')) return false;
    const Origin origin = here();
    const size_t start = at_;
    while (isPlain(peek()) || peek() == '-' || peek() == ' ' || peek() == ':') {
      if (peek() == ':' && !isPlain(peek(1))) return false;
      ++at_;
    }
    plainScalar(start, origin, out);
    return true;
  }

  void plainScalar(size_t start, Origin origin, TreeNode& out) {
    std::string_view value = text_.substr(start, at_ - start);
    value = value.substr(0, value.find_last_not_of(' ') + 1);
    if (isYamlNull(value)) {
      out.origin = out.key_origin = origin;
    } else {
      out = yamlScalar(value, false, origin);
    }
  }

  bool quoted(TreeNode& out, int depth) {
    if (depth > kMaxDepth) return false;
    const Origin origin = here();
    const char quote = peek();
    scratch_.clear();
    for (++at_;; ++at_) {
      if (peek() == '\n') return false;
      if (quote == '"' && peek() == '\\') {
        if (!escape()) return false;
        continue;
      }
      if (peek() == quote) {
        if (quote == '"' || peek(1) != quote) break;
        ++at_;  // '' within '...'
      }
      scratch_.push_back(peek());
    }
    ++at_;
    out = yamlScalar(scratch_, true, origin);
    return true;
  }

  // The commonest; at its last byte afterwards.
  bool escape() {
    static constexpr std::string_view kWritten = "nt\"\\/", kMeant = "\n\t\"\\/";
    const size_t which = kWritten.find(peek(1));
    if (which == std::string_view::npos) return false;
    scratch_.push_back(kMeant[which]);
    ++at_;
    return true;
  }

  bool flow(TreeNode& out, int depth) {
    if (depth > kMaxDepth) return false;
    const bool is_map = peek() == '{';
    const char close = is_map ? '}' : ']';
    out.kind = is_map ? TreeNode::Kind::Map : TreeNode::Kind::List;
    out.origin = out.key_origin = here();
    ++at_;
    skipSpaces();
    if (peek() == close) {
      ++at_;
      return true;
    }
    const size_t mark = open_.mark();
    MemberIndex known;
    for (;;) {
      std::string_view name;
      const Origin origin = here();
      if (is_map) {
        const auto read = key();
        if (!read || known.find(open_.since(mark), *read) != MemberIndex::kNone) return false;
        name = *read;
        skipSpaces();
      }
      TreeNode value;
      if (!flowValue(value, depth + 1)) return false;
      if (is_map) value.key_origin = origin;
      open_.push(keyText(name), std::move(value));
      skipSpaces();
      const char next = peek();
      if (next != ',' && next != close) return false;
      ++at_;
      if (next == close) break;
      skipSpaces();
    }
    if (is_map) {
      open_.popMembers(mark, out);
    } else {
      open_.popElements(mark, out);
    }
    return true;
  }

  bool flowValue(TreeNode& out, int depth) {
    if (depth > kMaxDepth) return false;
    if (peek() == '[' || peek() == '{') return flow(out, depth);
    if (peek() == '"' || peek() == '\'') return quoted(out, depth);
    return plainInFlow(out);
  }

  static constexpr std::string_view kAlsoFirst = "~+^$(;<=\\";  // of plain scalars
  static constexpr size_t kLongestKey = 1000;                   // YAML: 1024 for a key without "?"

  std::string_view text_;
  TreeStack open_;
  std::string scratch_;
  size_t at_ = 0;
  size_t line_start_ = 0;
  int line_ = 1;
  bool ended_ = false;
};

}  // namespace

bool parseSimpleYaml(std::string_view text, TreeNode& out) {
  return SimpleYaml(text).document(out);
}

}  // namespace convoy::config
