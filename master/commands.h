// commands: what a command line asks for, done: serve, a question to the running one, a report on a
// file. Returns the exit code: 0; 1 for a bad command line, a bad configuration, a start or a
// reload that failed; 2 if no running convoy answered.
#pragma once

#include <string>
#include <vector>

namespace convoy::master {

int runCommandLine(const std::vector<std::string>& argv);

}  // namespace convoy::master
