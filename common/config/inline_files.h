// inline_files: replaces every DataSource that names a file or an environment variable by the text
// it holds, once, before the tree is parsed: what was judged is then exactly what the workers get,
// and a worker without rights needs to read nothing. Runs in the master; in a worker there is
// nothing left.
#pragma once

#include <string_view>
#include <vector>

#include "common/config/diagnostics.h"
#include "common/config/load.h"
#include "common/config/tree.h"

namespace convoy::config {

// What the field that keeps the file's name is called beside its text: for /certs and /config_dump.
inline constexpr std::string_view kInlinedFrom = "convoy_inlined_from";

// `files` gets every file that was read.
void inlineFiles(TreeNode& root, std::vector<FileRead>& files, Diagnostics& d);

}  // namespace convoy::config
