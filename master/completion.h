// completion: the completion scripts of bash, zsh and fish, made of the tables in flags.h, so that
// they know every flag and command of this very program. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace convoy::master {

// nullopt: no such shell.
std::optional<std::string> completionFor(std::string_view shell);

}  // namespace convoy::master
