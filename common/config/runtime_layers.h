// runtime_layers: the static layers of layered_runtime, folded into the tree before it is parsed: a
// value that a runtime key overrides gets the layer's value as its default, so that nothing after
// this knows of runtime. Layers that change while Envoy runs (disk, admin, rtds) are refused. Both
// processes; runs at load.
#pragma once

#include "common/config/diagnostics.h"
#include "common/config/tree.h"

namespace convoy::config {

void applyRuntime(TreeNode& root, Diagnostics& diagnostics);

}  // namespace convoy::config
