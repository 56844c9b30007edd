#include "common/config/inline_files.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/base64.h"
#include "common/base/unique_fd.h"
#include "common/config/tree_path.h"

namespace convoy::config {

namespace {

// More would be copied into every worker.
constexpr size_t kMaxBytes = 1024 * 1024;

// No more of it than that is read, however long it is or says to be.
std::optional<std::string> readFile(const std::string& path, std::string& why) {
  const auto unreadable = [&] {
    why = "cannot read " + path + ": " + std::strerror(errno);
    return std::nullopt;
  };
  const base::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info {};
  if (!fd.valid() || ::fstat(fd.get(), &info) != 0) return unreadable();
  if (S_ISDIR(info.st_mode)) {
    why = path + " is a directory; name the file in it";
    return std::nullopt;
  }
  std::string bytes;
  char part[16 * 1024];
  for (ssize_t n = 1; n != 0 && bytes.size() <= kMaxBytes;) {
    n = ::read(fd.get(), part, sizeof(part));
    if (n < 0 && errno != EINTR) return unreadable();
    if (n > 0) bytes.append(part, static_cast<size_t>(n));
  }
  if (bytes.size() > kMaxBytes) {
    why = path + " is larger than 1 MiB";
    return std::nullopt;
  }
  return bytes;
}

// What makes PEM of DER, for fields that want PEM.
std::string pemAdvice(std::string_view key, std::string_view path) {
  const std::string_view tool = key == "certificate_chain" || key == "trusted_ca" ? "x509"
                                : key == "private_key"                            ? "pkey"
                                : key == "crl"                                    ? "crl"
                                                                                  : "";
  if (tool.empty()) return "";
  const std::string file(path);
  return "PEM is wanted (-----BEGIN ...); of DER `openssl " + std::string(tool) +
         " -inform der -in " + file + " -out " + file + ".pem` makes it";
}

// Where octets that are no text may stand.
bool mayBeBinary(std::string_view key) {
  return key == "ocsp_staple" || key == "keys";
}

void inlineSource(TreeNode& source, std::string_view key, const TreePath& path,
                  std::vector<FileRead>& files, Diagnostics& d) {
  std::string why, advice;
  std::optional<std::string> text;
  std::string_view field = "filename";
  TreeNode* named = source.find(field);
  if (named != nullptr && named->kind == TreeNode::Kind::String) {
    text = readFile(named->scalar, why);
    files.push_back({named->scalar, text ? fingerprint(*text) : 0});
  } else {
    field = "environment_variable";
    named = source.find(field);
    if (named == nullptr || named->kind != TreeNode::Kind::String) return;
    const char* value = std::getenv(named->scalar.str().c_str());
    if (value != nullptr) text = value;
    why = "the environment has no " + named->scalar;
  }
  const bool binary = text && findBadUtf8(*text);
  // The workers get it as JSON, which is UTF-8.
  if (binary && !mayBeBinary(key)) {
    why = named->scalar + " is not UTF-8 text";
    advice = pemAdvice(key, named->scalar);
    text.reset();
  }
  if (!text) d.error(named->origin, (path / field).str(), code::kWrongValue, why, advice);
  if (text && mayBeBinary(key)) {
    std::string encoded;
    base::appendBase64(*text, encoded);
    TreeNode bytes = TreeNode::string(encoded, named->origin);
    source.remove(field);
    source.remove("watched_directory");
    source.add("inline_bytes", std::move(bytes));
    return;
  }
  TreeNode inlined = TreeNode::string(text.value_or("-"), named->origin);
  std::optional<TreeNode> name;
  if (field == "filename") name = *named;
  source.remove(field);
  source.remove("watched_directory");
  source.add("inline_string", std::move(inlined));
  if (name) source.add(kInlinedFrom, std::move(*name));
}

// The fields of that type in what Convoy reads.
bool isDataSource(std::string_view key) {
  static constexpr std::string_view kKeys[] = {
      "body",     "text_format_source", "certificate_chain", "private_key",
      "password", "ocsp_staple",        "trusted_ca",        "crl"};
  return std::find(std::begin(kKeys), std::end(kKeys), key) != std::end(kKeys);
}

void ticketKeys(TreeNode& node, const TreePath& path, std::vector<FileRead>& files,
                Diagnostics& d) {
  TreeNode* keys = node.find("keys");
  for (size_t i = 0; keys != nullptr && i < keys->list.size(); ++i) {
    inlineSource(keys->list[i], "keys", path / "keys" / i, files, d);
  }
}

void walk(TreeNode& node, const TreePath& path, std::vector<FileRead>& files, Diagnostics& d) {
  for (auto& member : node.members) {
    const TreePath at = path / member.first;
    if (isDataSource(member.first) && member.second.isMap())
      inlineSource(member.second, member.first, at, files, d);
    if (member.first == "session_ticket_keys") ticketKeys(member.second, at, files, d);
    walk(member.second, at, files, d);
  }
  for (size_t i = 0; i < node.list.size(); ++i) {
    walk(node.list[i], path / i, files, d);
  }
}

}  // namespace

void inlineFiles(TreeNode& root, std::vector<FileRead>& files, Diagnostics& d) {
  walk(root, {}, files, d);
}

}  // namespace convoy::config
