// yaml_writer: a Tree as YAML for people: block style, two spaces, lists not indented further, text
// in quotes only where YAML would read it as something else, several lines as a block. What
// parseYamlTree() makes of it is the same Tree. Pure.
#pragma once

#include <string>

#include "common/config/tree.h"

namespace convoy::config {

std::string writeYaml(const TreeNode& node);

}  // namespace convoy::config
