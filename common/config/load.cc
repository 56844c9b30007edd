#include "common/config/load.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <sys/stat.h>

#include "common/base/text.h"
#include "common/config/diagnostics.h"
#include "common/config/inline_files.h"
#include "common/config/inline_secrets.h"
#include "common/config/parse.h"
#include "common/config/read_tree.h"
#include "common/config/runtime_layers.h"
#include "common/config/tree.h"
#include "common/config/validate.h"

namespace convoy::config {

namespace {

constexpr size_t kMaxBytes = 64 * 1024 * 1024;

using base::Error;
using base::ErrorKind;

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
  if (readTree(sources, root, d)) {
    inlineSecrets(root, result.files, d);
    inlineFiles(root, result.files, d);
    // Where secrets come from files, the files that they name are followed, too.
    const bool sds = std::any_of(result.files.begin(), result.files.end(),
                                 [](const FileRead& file) { return file.secret; });
    for (FileRead& file : result.files) file.secret = sds;
    applyRuntime(root, options.runtime_overrides, d);
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
