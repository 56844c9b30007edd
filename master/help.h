// help: what --help prints, of the tables in flags.h. Pure.
#pragma once

#include <string>

#include "master/flags.h"

namespace convoy::master {

std::string helpText(bool colour);
std::string helpOf(const Subcommand& command, bool colour);

}  // namespace convoy::master
