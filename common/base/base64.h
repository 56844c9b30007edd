// base64: RFC 4648 section 4, with padding. Appends, so that a caller's string keeps its memory.
#pragma once

#include <string>
#include <string_view>

namespace convoy::base {

void appendBase64(std::string_view bytes, std::string& out);
// A text of whole groups of four; padding may end any group, as in pieces that were encoded one by
// one. False: it is not that; `out` holds what came before.
bool decodeBase64(std::string_view text, std::string& out);

}  // namespace convoy::base
