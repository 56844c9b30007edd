// http_preface: whether the first bytes of a connection are HTTP, and which (http_inspector). Looks
// only; whether the rest is right is the codec's to say. No state.
#pragma once

#include <string_view>

namespace convoy::worker {

// False: more bytes may tell. `protocol` becomes "http/1.0", "http/1.1", "h2c", or "" for what is
// no HTTP.
bool findHttpProtocol(std::string_view bytes, std::string_view& protocol);

}  // namespace convoy::worker
