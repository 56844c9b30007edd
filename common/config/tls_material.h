// tls_material: whether two configurations differ in nothing but certificates, keys, CAs and lists
// of revoked ones: then the running workers can take them as they are, and no connection moves.
// Pure; the master, at a reload.
#pragma once

#include <string>

namespace convoy::config {

// Both as LoadResult::canonical_json. False for two that are the same.
bool differOnlyInTlsMaterial(const std::string& old_json, const std::string& new_json);

}  // namespace convoy::config
