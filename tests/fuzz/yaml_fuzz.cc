// yaml_fuzz: any bytes as YAML. What the reader of simple YAML takes, the general one takes too,
// and both make the same tree: values, kinds, quotes and places.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "common/config/simple_yaml.h"

using convoy::config::Origin;
using convoy::config::TreeNode;

namespace {

bool same(Origin a, Origin b) {
  return a.line == b.line && a.column == b.column && a.source == b.source;
}

bool same(const TreeNode& a, const TreeNode& b) {
  if (a.kind != b.kind || a.quoted != b.quoted || !(a.scalar == b.scalar) ||
      !same(a.origin, b.origin) || !same(a.key_origin, b.key_origin) ||
      a.list.size() != b.list.size() || a.members.size() != b.members.size()) {
    return false;
  }
  for (size_t i = 0; i < a.list.size(); ++i) {
    if (!same(a.list[i], b.list[i])) return false;
  }
  for (size_t i = 0; i < a.members.size(); ++i) {
    if (!(a.members[i].first == b.members[i].first)) return false;
    if (!same(a.members[i].second, b.members[i].second)) return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (convoy::config::findBadUtf8(text)) return 0;  // refused before
  TreeNode simple, general;
  if (!convoy::config::parseSimpleYaml(text, simple)) return 0;
  convoy::config::SyntaxError error;
  if (!convoy::config::parseAnyYaml(text, general, error) || !same(simple, general)) std::abort();
  return 0;
}
