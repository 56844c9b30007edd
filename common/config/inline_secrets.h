// inline_secrets: puts the secrets that TLS contexts name into them, before the tree is parsed:
// those of files (SDS with `path` or `path_config_source`) and those of static_resources.secrets.
// So what was judged is what the workers get, and a secret that changes is a change of the
// configuration. Secrets of a control plane stay as they are, and are refused by the parser. Runs
// in the master; in a worker there is nothing left.
#pragma once

#include <vector>

#include "common/config/diagnostics.h"
#include "common/config/load.h"
#include "common/config/tree.h"

namespace convoy::config {

// `files` gets every file that was read. Before inlineFiles(): secrets name files themselves.
void inlineSecrets(TreeNode& root, std::vector<FileRead>& files, Diagnostics& d);

}  // namespace convoy::config
