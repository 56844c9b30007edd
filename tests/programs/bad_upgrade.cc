// A program that says it can take over from a Convoy and then cannot. Its name says how: "crash"
// dies of a signal while it takes over, "refuse" finds something that it does not understand.
#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

#include "master/check.h"
#include "master/inheritance.h"

int main(int argc, char** argv) {
  using namespace convoy::master;
  const std::vector<std::string> words(argv, argv + argc);
  if (words.size() == 2 && words[1] == kCheckFlag) return runCheck();
  // The name that counts is that of the file: argv is the old program's.
  char path[4096] = {};
  if (std::FILE* link = std::fopen("/proc/self/comm", "r")) {
    if (std::fgets(path, sizeof(path), link) == nullptr) path[0] = '\0';
    std::fclose(link);
  }
  if (!takeInheritance(words)) return 9;
  if (std::string(path).rfind("crash", 0) == 0) std::raise(SIGSEGV);
  fallBack("this is none of mine");
  return 9;
}
