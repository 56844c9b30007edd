// runtime_layers: the layers of layered_runtime, folded into the tree before it is parsed: a value
// that a runtime key overrides gets the layer's value as its default, so that nothing after this
// knows of runtime. A disk layer holds what disk_layer.h has read, the admin layer what POST
// /runtime_modify said; both change by a reload. Layers of a management server (rtds) are refused.
// Both processes; runs at load.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "common/config/diagnostics.h"
#include "common/config/tree.h"

namespace convoy::config {

// The field of an admin_layer that holds what was said of it, for the workers.
inline constexpr std::string_view kOverrides = "convoy_overrides";

// `overrides` go into the admin layer, if there is one.
void applyRuntime(TreeNode& root, const std::map<std::string, std::string>& overrides,
                  Diagnostics& diagnostics);

}  // namespace convoy::config
