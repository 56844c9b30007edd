#include "common/config/tls_material.h"

#include <algorithm>

#include "common/config/inline_files.h"
#include "common/config/tree.h"

namespace convoy::config {

namespace {

bool isOneOf(std::string_view key, std::initializer_list<std::string_view> keys) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

void blankSource(TreeNode& node) {
  for (TreeNode& item : node.list) blankSource(item);
  for (auto& [key, value] : node.members) {
    if (isOneOf(key, {"inline_string", "inline_bytes", kInlinedFrom}))
      value = TreeNode::string("", {});
  }
}

// What in it are octets of files; all else of a TLS context counts.
void blank(TreeNode& node, bool in_tls) {
  for (auto& [key, value] : node.members) {
    const bool source = in_tls && isOneOf(key, {"certificate_chain", "private_key", "password",
                                                "ocsp_staple", "trusted_ca", "crl", "keys"});
    if (source) {
      blankSource(value);
    } else {
      blank(value,
            in_tls || isOneOf(key, {"common_tls_context", "session_ticket_keys", "secrets"}));
    }
  }
  for (TreeNode& item : node.list) blank(item, in_tls);
}

}  // namespace

bool differOnlyInTlsMaterial(const std::string& old_json, const std::string& new_json) {
  if (old_json == new_json) return false;
  TreeNode before, after;
  SyntaxError ignored;
  if (!parseJsonTree(old_json, before, ignored) || !parseJsonTree(new_json, after, ignored)) {
    return false;
  }
  blank(before, false);
  blank(after, false);
  return writeJson(before) == writeJson(after);
}

}  // namespace convoy::config
