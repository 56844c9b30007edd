// read_tree: the texts of a configuration -> one Tree in Envoy v3's names and forms, with what was
// wrong or old in them. What the fields mean is not looked at: that is parse.h. Both processes.
#pragma once

#include <vector>

#include "common/config/diagnostics.h"
#include "common/config/load.h"
#include "common/config/tree.h"

namespace convoy::config {

// False: some text does not parse, or there is none; `root` holds the others.
bool readTree(const std::vector<Source>& sources, TreeNode& root, Diagnostics& d);

}  // namespace convoy::config
