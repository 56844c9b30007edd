#include "common/config/load.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/text.h"
#include "common/base/unique_fd.h"
#include "common/config/diagnostics.h"
#include "common/config/disk_layer.h"
#include "common/config/inline_files.h"
#include "common/config/inline_secrets.h"
#include "common/config/parse.h"
#include "common/config/read_tree.h"
#include "common/config/runtime_layers.h"
#include "common/config/tree.h"
#include "common/config/validate.h"

namespace convoy::config {

namespace {

constexpr size_t kMaxBytes = size_t{64} * 1024 * 1024;

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
    return Error::fromErrno(errno, "cannot read " + path);
  }
  if (S_ISDIR(info.st_mode)) {
    return Error::make(ErrorKind::InvalidArgument, path + " is a directory; name the file in it",
                       base::Side::Operator);
  }
  const base::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return Error::fromErrno(errno, "cannot read " + path);
  // Of a pipe, or of a file that grows meanwhile, the size says little.
  std::string text(static_cast<size_t>(std::clamp<off_t>(info.st_size, 0, kMaxBytes)) + 1, '\0');
  size_t size = 0;
  for (ssize_t n = 1; n != 0;) {
    n = ::read(fd.get(), text.data() + size, text.size() - size);
    if (n < 0 && errno != EINTR) {
      return Error::fromErrno(errno, "cannot read " + path);
    }
    if (n > 0) size += static_cast<size_t>(n);
    if (size > kMaxBytes) {
      return Error::make(ErrorKind::Exhausted, path + " is larger than 64 MiB",
                         base::Side::Operator);
    }
    if (size == text.size()) text.resize(2 * size);
  }
  text.resize(size);
  return Source{path, std::move(text), formatOfPath(path)};
}

// FNV-1a.
uint64_t fingerprint(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

std::optional<uint64_t> fingerprintOf(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) {
    char real[PATH_MAX];
    if (::realpath(path.c_str(), real) == nullptr) return std::nullopt;
    return fingerprint(std::string(real) + "\n" + std::to_string(info.st_dev) + "\n" +
                       std::to_string(info.st_ino));
  }
  const auto source = readSource(path);
  if (!source.ok()) return std::nullopt;
  return fingerprint(source->text);
}

namespace {

LoadResult loadTree(const std::vector<Source>& sources, const LoadOptions& options,
                    bool want_canonical) {
  LoadResult result;
  static const std::vector<Source> kNone = {Source{"<none>", "", Source::Format::Json}};
  Diagnostics d(sources.empty() ? kNone : sources, options);
  TreeNode root = TreeNode::map({});
  if (readTree(sources, root, d)) {
    inlineSecrets(root, result.files, d);
    inlineFiles(root, result.files, d);
    // Where secrets come from files, the files that they name are followed, too.
    const bool sds = std::any_of(result.files.begin(), result.files.end(),
                                 [](const FileRead& file) { return file.always; });
    for (FileRead& file : result.files) file.always = sds;
    readDiskLayers(root, result.files, d);
    applyRuntime(root, options.runtime_overrides, d);
    auto bootstrap = std::make_shared<Bootstrap>(parseBootstrap(root, d));
    if (!d.failed()) validate(*bootstrap, d);
    if (!d.failed()) {
      result.bootstrap = std::move(bootstrap);
      if (want_canonical) result.canonical_json = writeJson(root);
    }
  }
  d.addPaths(root);
  result.diagnostics = d.take();
  return result;
}

}  // namespace

LoadResult load(const std::vector<Source>& sources, const LoadOptions& options) {
  return loadTree(sources, options, true);
}

LoadResult loadCanonical(const std::string& name, std::string canonical_json) {
  LoadOptions lenient;
  lenient.allow_unsupported = true;
  lenient.allow_unknown_fields = true;
  std::vector<Source> sources(1);
  sources[0] = {name, std::move(canonical_json), Source::Format::Json};
  return loadTree(sources, lenient, false);
}

}  // namespace convoy::config
