// simple_yaml: reads YAML of the form that programs write and most people keep to: maps and lists
// in blocks, scalars and flow collections that end on their line, comments. It never judges: of
// whatever else stands there it says no, and the general parser (yaml_tree) reads the text anew.
// What it takes, that one would read to the same tree: tests/fuzz/yaml_fuzz compares them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/config/tree.h"

namespace convoy::config {

// False: not so simple. `out` is then as it was.
bool parseSimpleYaml(std::string_view text, TreeNode& out);
// All YAML that yaml-cpp reads; parseYamlTree without the above.
bool parseAnyYaml(const std::string& text, TreeNode& out, SyntaxError& error,
                  std::vector<SyntaxError>* repeated = nullptr);

}  // namespace convoy::config
