// A program that says it can take over from a Convoy and then cannot. The name of its file says
// how: "crash" dies of a signal while it takes over, "leave" ends, "refuse" finds something that it
// does not understand, "lame" takes over and has workers that do not start.
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "master/check.h"
#include "master/commands.h"
#include "master/inheritance.h"

int main(int argc, char** argv) {
  using namespace convoy::master;
  const std::vector<std::string> words(argv, argv + argc);
  if (words.size() == 2 && words[1] == kCheckFlag) return runCheck();
  if (words.size() == 2 && words[1] == kWorkerFlag) return 70;
  // argv is the old program's.
  const std::string name = std::filesystem::read_symlink("/proc/self/exe").filename();
  if (name == "lame") return runCommandLine(words);
  if (!takeInheritance(words)) return 9;
  if (name == "crash") std::raise(SIGSEGV);
  if (name == "leave") std::exit(0);
  fallBack("this is none of mine");
  return 9;
}
