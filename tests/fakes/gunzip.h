// gunzip: what a client makes of an answer with content-encoding gzip.
#pragma once

#include <string>
#include <string_view>

namespace convoy::fakes {

// "" if it is not whole.
std::string gunzip(std::string_view packed);

}  // namespace convoy::fakes
