// protected_headers: fields that header mutations must not touch. The loader refuses them with an
// error; header_edits leaves them alone should one come through. Any process.
#pragma once

#include <string_view>

namespace convoy::config {

// Why `lower_name` may be neither added nor removed, as the end of a sentence; "" if it may.
std::string_view whyProtected(std::string_view lower_name);

}  // namespace convoy::config
