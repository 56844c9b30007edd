// commands: what a command line asks for, done: serve, validate, init_only, reload. Returns the
// exit code: 0, or 1 for a bad command line, a bad configuration, a start or a reload that failed.
#pragma once

#include <string>
#include <vector>

namespace convoy::master {

int runCommandLine(const std::vector<std::string>& argv);

}  // namespace convoy::master
