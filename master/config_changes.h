// config_changes: what a reload added, changed and removed, by name, for Envoy's counters of it.
// Compares canonical JSON, in which the same configuration is the same text. Master, at a commit.
#pragma once

#include <cstdint>
#include <string>

namespace convoy::master {

struct ConfigChanges {
  uint64_t added = 0, modified = 0, removed = 0;
};

// `kind`: "listeners" or "clusters" of static_resources. `old_json` "": there was none.
ConfigChanges changesOf(const std::string& old_json, const std::string& new_json, const char* kind);

}  // namespace convoy::master
