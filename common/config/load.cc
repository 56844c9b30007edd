#include "common/config/load.h"

#include <cerrno>
#include <fstream>
#include <optional>
#include <sstream>
#include <sys/stat.h>

#include "common/base/text.h"
#include "common/config/diagnostics.h"
#include "common/config/inline_files.h"
#include "common/config/normalize.h"
#include "common/config/parse.h"
#include "common/config/runtime_layers.h"
#include "common/config/tree.h"
#include "common/config/upgrade.h"
#include "common/config/validate.h"

namespace convoy::config {

namespace {

constexpr size_t kMaxBytes = 64 * 1024 * 1024;

using base::Error;
using base::ErrorKind;

void stamp(TreeNode& node, int source) {
  node.origin.source = node.key_origin.source = source;
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
  stamp(out, index);
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

Source::Format formatOfPath(std::string_view path) {
  const std::string lower = base::lowered(path);
  return lower.ends_with(".yaml") || lower.ends_with(".yml") ? Source::Format::Yaml
                                                             : Source::Format::Json;
}

base::Result<Source> readSource(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    return Error::fromErrno(errno, "cannot read the configuration " + path);
  }
  if (S_ISDIR(info.st_mode)) {
    return Error::make(ErrorKind::InvalidArgument, path + " is a directory; name the file in it",
                       base::Side::Operator);
  }
  if (info.st_size > static_cast<off_t>(kMaxBytes)) {
    return Error::make(ErrorKind::Exhausted, path + " is larger than 64 MiB", base::Side::Operator);
  }
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return Error::fromErrno(errno, "cannot read the configuration " + path);
  return Source{path, std::move(text).str(), formatOfPath(path)};
}

// FNV-1a.
uint64_t fingerprint(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

LoadResult load(const std::vector<Source>& sources, const LoadOptions& options) {
  LoadResult result;
  static const std::vector<Source> kNone = {Source{"<none>", "", Source::Format::Json}};
  Diagnostics d(sources.empty() ? kNone : sources, options);
  TreeNode root = TreeNode::map({});
  bool parsed = !sources.empty();
  for (size_t i = 0; i < sources.size(); ++i) {
    TreeNode tree;
    if (parseSource(sources[i], static_cast<int>(i), tree, d)) {
      normalizeTree(tree, d);
      mergeTree(root, tree);
    } else {
      parsed = false;
    }
  }
  if (sources.empty()) d.error({}, "", code::kMissing, "no configuration was given");
  if (parsed) {
    upgradeToV3(root, d);
    inlineFiles(root, result.files, d);
    applyRuntime(root, d);
    auto bootstrap = std::make_shared<Bootstrap>(parseBootstrap(root, d));
    if (!d.failed()) validate(*bootstrap, d);
    if (!d.failed()) {
      result.bootstrap = std::move(bootstrap);
      result.canonical_json = writeJson(root);
    }
  }
  d.addPaths(root);
  result.diagnostics = d.take();
  return result;
}

LoadResult loadCanonical(const std::string& name, std::string canonical_json) {
  LoadOptions lenient;
  lenient.allow_unsupported = true;
  lenient.allow_unknown_fields = true;
  return load({{name, std::move(canonical_json), Source::Format::Json}}, lenient);
}

}  // namespace convoy::config
