// yaml_scalar: what a scalar of YAML is, typed as Envoy types it (source/common/protobuf/
// yaml_utility.cc): plain ones are bool, then integer, else text; quoted ones are text.
#pragma once

#include <string_view>

#include "common/config/tree.h"

namespace convoy::config {

TreeNode yamlScalar(std::string_view text, bool quoted, Origin origin);
// A plain scalar that is no value at all.
bool isYamlNull(std::string_view text);

}  // namespace convoy::config
