// config_dump: the running configuration as admin.v3.ConfigDump. Scripts index `configs` by
// position, so the order is Envoy's: bootstrap, clusters, endpoints (only on request), listeners,
// scoped routes, routes, secrets. Keys, passwords and tokens are replaced by "[redacted]". Master
// only.
#pragma once

#include <memory>
#include <string>

#include "common/base/json.h"
#include "common/base/matcher.h"
#include "master/admin/context.h"

namespace convoy::master {

struct ConfigDumpOptions {
  std::string resource;  // "" = everything; else the name of a list, e.g. "static_clusters"
  std::string mask;      // comma separated paths to keep; "" = all
  std::shared_ptr<const base::Regex> name;  // null = all
  bool include_eds = false;
};

// {"configs": [...]}. NotFound if there is no such resource.
base::Result<Json::Value> configDump(const AdminContext& context, const ConfigDumpOptions& options);

// Files whose text became part of the configuration are shown by their names again. In place; any
// depth.
void showFileNames(Json::Value& value);
// In place; any depth.
void redact(Json::Value& value);

}  // namespace convoy::master
