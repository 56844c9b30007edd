// inline_files: replaces every DataSource that names a file or an environment variable by the text
// it holds, once, before the tree is parsed: what was judged is then exactly what the workers get,
// and a worker without rights needs to read nothing. Runs in the master; in a worker there is
// nothing left.
#pragma once

#include <vector>

#include "common/config/diagnostics.h"
#include "common/config/load.h"
#include "common/config/tree.h"

namespace convoy::config {

// `files` gets every file that was read.
void inlineFiles(TreeNode& root, std::vector<FileRead>& files, Diagnostics& d);

}  // namespace convoy::config
