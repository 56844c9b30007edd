#include "common/config/yaml_writer.h"

#include <algorithm>
#include <cstdio>

namespace convoy::config {

namespace {

bool isControl(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7f;
}

// YAML 1.1 reads these words, and whatever looks like a number, as something else than text.
bool looksTyped(std::string_view text) {
  static constexpr std::string_view kWords[] = {"null", "true", "false", "yes", "no", "on",
                                                "off",  "y",    "n",     "~",   "<<"};
  std::string lower;
  for (const char c : text) lower.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
  for (const std::string_view word : kWords) {
    if (lower == word) return true;
  }
  if (text[0] == '+' || text[0] == '.') return true;
  if (text[0] < '0' || text[0] > '9') return false;
  // 127.0.0.1 and 0.25s cannot be numbers, dates or times of any YAML.
  const size_t rest = text.find_first_not_of("0123456789.");
  if (rest == std::string_view::npos) return std::count(text.begin(), text.end(), '.') != 3;
  return rest + 1 != text.size() || text[rest] != 's';
}

bool isPlain(std::string_view text) {
  if (text.empty() || looksTyped(text)) return false;
  static constexpr std::string_view kNotFirst = "-?:,[]{}#&*!|>'\"%@`= \t";
  if (kNotFirst.find(text[0]) != std::string_view::npos) return false;
  if (text.back() == ' ' || text.back() == ':') return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 || c >= 0x7f) return false;
    if (c == ':' && text[i + 1] == ' ') return false;
    if (c == '#' && text[i - 1] == ' ') return false;
  }
  return true;
}

bool isBareNumber(const TreeNode& value) {
  const std::string_view text = value.scalar;
  return !value.quoted && !text.empty() &&
         text.find_first_not_of("0123456789.eE+-") == std::string_view::npos;
}

std::string inQuotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (isControl(c)) {
      char code[8];
      std::snprintf(code, sizeof(code), "\\x%02x", static_cast<unsigned char>(c));
      out += code;
    } else {
      out.push_back(c);
    }
  }
  return out + "\"";
}

// Text that a block ("|") gives back unchanged: nothing that indentation or chomping would eat.
bool fitsBlock(std::string_view text) {
  if (text.find('\n') >= text.size() - 1 || text[0] == ' ' || text[0] == '\n') return false;
  if (text.ends_with("\n\n") || text.find(" \n") != std::string_view::npos) return false;
  for (const char c : text) {
    if (isControl(c)) return false;
  }
  return true;
}

class Writer {
 public:
  std::string take() { return std::move(out_); }

  // `first`: of a map in a list: its first key stands behind the dash.
  void map(const TreeNode& node, size_t indent, bool first) {
    for (const auto& [key, value] : node.members) {
      if (!first) out_.append(indent, ' ');
      first = false;
      out_ += (isPlain(key) ? key.str() : inQuotes(key)) + ":";
      // Lists of a map stand as far left as its keys, as in Envoy's own examples.
      below(value, value.isList() ? indent : indent + 2);
    }
  }

  void list(const TreeNode& node, size_t indent) {
    for (const TreeNode& item : node.list) {
      out_.append(indent, ' ');
      out_ += "-";
      if (item.isMap() && !item.members.empty()) {
        out_ += " ";
        map(item, indent + 2, true);
      } else {
        below(item, indent + 2);
      }
    }
  }

 private:
  void below(const TreeNode& value, size_t indent) {
    if (value.isMap() && !value.members.empty()) {
      out_ += "\n";
      map(value, indent, false);
    } else if (value.isList() && !value.list.empty()) {
      out_ += "\n";
      list(value, indent);
    } else if (value.kind == TreeNode::Kind::String && fitsBlock(value.scalar)) {
      block(value.scalar, indent);
    } else {
      out_ += " " + scalar(value) + "\n";
    }
  }

  static std::string scalar(const TreeNode& value) {
    switch (value.kind) {
      case TreeNode::Kind::Null:
        return "null";
      case TreeNode::Kind::Bool:
      case TreeNode::Kind::Number:
        return value.scalar.str();
      case TreeNode::Kind::String:
        // What stood there without quotes was read as text then, and will be again (0.25).
        return isPlain(value.scalar) || isBareNumber(value) ? value.scalar.str()
                                                            : inQuotes(value.scalar);
      case TreeNode::Kind::List:
        return "[]";
      case TreeNode::Kind::Map:
        return "{}";
    }
    return "";
  }

  void block(std::string_view text, size_t indent) {
    out_ += text.back() == '\n' ? " |\n" : " |-\n";
    for (size_t at = 0; at < text.size();) {
      const size_t end = std::min(text.find('\n', at), text.size());
      if (end > at) out_.append(indent, ' ').append(text, at, end - at);
      out_ += "\n";
      at = end + 1;
    }
  }

  std::string out_;
};

}  // namespace

std::string writeYaml(const TreeNode& node) {
  Writer writer;
  if (node.isMap()) {
    if (node.members.empty()) return "{}\n";
    writer.map(node, 0, false);
  } else if (node.isList()) {
    if (node.list.empty()) return "[]\n";
    writer.list(node, 0);
  }
  return writer.take();
}

}  // namespace convoy::config
