// upgrade: rewrites a tree of Envoy v2 names and forms into v3, warning once for each thing
// rewritten, with its place (config.md (c)). What is v3 already stays as it is. Both processes;
// runs at load.
#pragma once

#include <string>
#include <string_view>

#include "common/config/diagnostics.h"
#include "common/config/tree.h"

namespace convoy::config {

void upgradeToV3(TreeNode& root, Diagnostics& diagnostics);

// "envoy.http_connection_manager" -> "envoy.filters.network.http_connection_manager"; unknown and
// canonical names come back unchanged.
std::string_view canonicalName(std::string_view name);
// "type.googleapis.com/envoy....v2.HttpConnectionManager" -> "HttpConnectionManager".
std::string_view typeSuffix(std::string_view type_url);
// Whether a type URL of any version means the message of that name.
bool meansMessage(std::string_view type_url, std::string_view full_name);

}  // namespace convoy::config
