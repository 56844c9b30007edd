// normalize: brings a parsed text to one form before anything else looks at it: camelCase names to
// snake_case, one value in place of a list to a list (warned), null fields dropped, TypedStruct and
// version 2 @types to what they mean. Guided by schema; what it does not know stays as it is.
#pragma once

#include <string_view>

#include "common/config/diagnostics.h"
#include "common/config/tree.h"

namespace convoy::config {

void normalizeTree(TreeNode& root, Diagnostics& diagnostics);
// The same for a text that is a message of another type.
void normalizeMessage(TreeNode& root, std::string_view message, Diagnostics& diagnostics);

}  // namespace convoy::config
