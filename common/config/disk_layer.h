// disk_layer: reads the disk layers of layered_runtime into the tree, once, before it is parsed: a
// file is a key, its text the value, a directory a level of names, as in Envoy. The layer is read
// anew by a reload, which a change of symlink_root causes. Runs in the master; what workers get
// holds the values.
#pragma once

#include <string_view>
#include <vector>

#include "common/config/diagnostics.h"
#include "common/config/load.h"
#include "common/config/tree.h"

namespace convoy::config {

// The field of a disk_layer that holds what was read: key -> text; null: the layer is left out.
inline constexpr std::string_view kDiskValues = "convoy_values";

// `files` gets the roots, which are to be followed. What cannot be read is left out with a warning,
// as Envoy does.
void readDiskLayers(TreeNode& root, std::vector<FileRead>& files, Diagnostics& d);

}  // namespace convoy::config
