#include "common/config/read_tree.h"

#include <optional>
#include <sstream>
#include <utility>

#include "common/config/normalize.h"
#include "common/config/upgrade.h"

namespace convoy::config {

namespace {

void stamp(TreeNode& node, int source) {
  node.origin = node.origin.in(source);
  node.key_origin = node.key_origin.in(source);
  for (TreeNode& item : node.list) stamp(item, source);
  for (auto& [key, value] : node.members) stamp(value, source);
}

bool looksBinary(const std::string& text) {
  return text.find('\0') != std::string::npos;
}

std::string jsonHelp(const std::string& text) {
  TreeNode other;
  SyntaxError ignored;
  const size_t first = text.find_first_not_of(" \t\r\n");
  const bool braces = text[first] == '{' || text[first] == '[';
  const bool yaml = !braces && parseYamlTree(text, other, ignored) && other.isMap();
  return yaml ? "the text is YAML: name the file .yaml" : "";
}

// yaml-cpp's words name its grammar; what the operator did is nearly always one of these.
std::string yamlHelp(const std::string& text, const SyntaxError& error) {
  std::istringstream lines(text);
  std::string line;
  for (int i = 0; i < error.origin.line && std::getline(lines, line);) ++i;
  const size_t indent = line.find_first_not_of(" \t");
  if (line.substr(0, indent).find('\t') != std::string::npos) {
    return "the line is indented with a tab; YAML wants spaces";
  }
  const auto says = [&](std::string_view part) {
    return error.message.find(part) != std::string::npos;
  };
  if (says("end of map not found") || says("end of sequence not found")) {
    return "check the indentation of this line against the lines above";
  }
  if (says("alias") || says("anchor is not defined")) {
    return "a '*' begins an alias in YAML; a text that begins with it needs quotes: \"*\"";
  }
  if (says("unknown token")) {
    return "a text that begins with '@', '%' or '`' needs quotes: \"@type\"";
  }
  if (says("flow")) return "a '[' or '{' before this place is not closed";
  if (says("illegal map value")) return "a text that holds \": \" needs quotes";
  return "";
}

bool parseSource(const Source& source, int index, TreeNode& out, Diagnostics& d) {
  const Origin start{1, 1, index};
  if (source.text.find_first_not_of(" \t\r\n") == std::string::npos) {
    d.error(Origin{0, 0, index}, "", code::kSyntax, "the configuration is empty");
    return false;
  }
  if (looksBinary(source.text)) {
    d.error(Origin{0, 0, index}, "", code::kSyntax,
            "this is not text (it holds NUL bytes); JSON or YAML is expected");
    return false;
  }
  if (auto place = findBadUtf8(source.text)) {
    place->source = index;
    d.error(*place, "", code::kSyntax, "this byte is not UTF-8 text",
            "save the file in UTF-8, without bytes of another encoding");
    return false;
  }
  SyntaxError error;
  const bool json = source.format == Source::Format::Json;
  std::vector<SyntaxError> repeated;
  const bool ok = json ? parseJsonTree(source.text, out, error)
                       : parseYamlTree(source.text, out, error, &repeated);
  for (SyntaxError& note : repeated) {
    note.origin.source = index;
    d.warning(note.origin, "", code::kRepeatedKey, std::move(note.message));
  }
  if (!ok) {
    error.origin.source = index;
    const std::string help = json ? jsonHelp(source.text) : yamlHelp(source.text, error);
    d.error(error.origin, "", code::kSyntax, error.message, help);
    return false;
  }
  if (index != 0) stamp(out, index);
  if (out.isNull()) {
    d.error(Origin{0, 0, index}, "", code::kSyntax, "the configuration is empty");
    return false;
  }
  if (!out.isMap()) {
    d.error(start, "", code::kWrongType,
            "a configuration is an object with static_resources, admin and so on");
    return false;
  }
  return true;
}

}  // namespace

bool readTree(const std::vector<Source>& sources, TreeNode& root, Diagnostics& d) {
  bool parsed = !sources.empty();
  for (size_t i = 0; i < sources.size(); ++i) {
    TreeNode tree;
    if (parseSource(sources[i], static_cast<int>(i), tree, d)) {
      normalizeTree(tree, d);
      mergeTree(root, std::move(tree));
    } else {
      parsed = false;
    }
  }
  if (sources.empty()) d.error({}, "", code::kMissing, "no configuration was given");
  if (parsed) upgradeToV3(root, d);
  return parsed;
}

}  // namespace convoy::config
