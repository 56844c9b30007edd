// load: text (a file, --config-yaml, a sealed memfd) -> Tree -> v3 -> model. The master loads with
// full diagnostics; a worker loads the canonical JSON that the master made of it. Errors never
// throw and are never only the first: all diagnostics of a text come back together, sorted by line.
// yaml-cpp and jsoncpp are fenced in common/config.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/model/bootstrap.h"

namespace convoy::config {

struct Diagnostic {
  enum class Level : uint8_t { Error, Warning };
  Level level = Level::Error;
  std::string code;  // "E0102": stable, documented in the README
  std::string file;
  int line = 0;  // 1-based; 0 = the whole file
  int column = 0;
  std::string path;     // "static_resources.listeners[0].name"
  std::string message;  // "unknown field \"port\" in envoy.config.core.v3.SocketAddress"
  std::string help;     // "did you mean \"port_value\"?"; may be empty
  std::string source;   // the line of the file, for the caret
};

// "envoy.yaml:14:13: error[E0102]: ..." + source line + caret + help + path (ecosystem.md section
// 7).
std::string render(const Diagnostic& d);

struct LoadOptions {
  bool allow_unsupported = false;     // "Envoy has this, Convoy does not yet" becomes a warning
  bool allow_unknown_fields = false;  // --allow-unknown-static-fields
  // Of POST /runtime_modify, for the admin_layer of layered_runtime: key -> value as it was said.
  std::map<std::string, std::string> runtime_overrides = {};
  std::string service_cluster = {};  // --service-cluster; "": that of `node`
};

// A file that the configuration names and whose text has become part of it.
struct FileRead {
  std::string path;
  uint64_t fingerprint = 0;  // 0: it could not be read
  bool always = false;       // followed in any case: of SDS or named by what is; a disk layer
};
// Tells contents apart; not a defence against anybody.
uint64_t fingerprint(std::string_view text);
// Of a file its text; of a directory which one it is, and by what path. Nothing: there is neither.
std::optional<uint64_t> fingerprintOf(const std::string& path);

struct LoadResult {
  std::shared_ptr<const Bootstrap> bootstrap;  // null if any Error
  std::vector<Diagnostic> diagnostics;
  // Merged, v3, defaults not added: what workers get and /config_dump shows. Of load() only.
  std::string canonical_json;
  std::vector<FileRead> files;  // also if there is an Error
  bool ok() const { return bootstrap != nullptr; }
};

struct Source {
  std::string name;  // shown in diagnostics: the path, or "<config-yaml>"
  std::string text;
  enum class Format : uint8_t { Json, Yaml } format = Format::Json;
};

// By extension: .yaml .yml -> Yaml; everything else Json (Envoy's rule; a file that is not JSON but
// parses as YAML gets a diagnostic that says so).
Source::Format formatOfPath(std::string_view path);
// Reads the file once, at most 64 MiB.
base::Result<Source> readSource(const std::string& path);
// Later sources are merged over earlier ones (proto MergeFrom: scalars replace, lists append).
LoadResult load(const std::vector<Source>& sources, const LoadOptions& options);
// What another process of ours made of a configuration (LoadResult::canonical_json) and judged:
// what it let pass passes.
LoadResult loadCanonical(const std::string& name, std::string canonical_json);

}  // namespace convoy::config
