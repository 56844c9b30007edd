// child: one program started by a test: its output in files of a directory of its own, its end
// awaited with a deadline, and nobody else's process ever touched. The kernel kills it if the test
// dies.
#pragma once

#include <optional>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

#include "tests/fakes/wait.h"

namespace convoy::fakes {

// A directory that goes away with its owner.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  std::string path(const std::string& name) const { return path_ + "/" + name; }
  // Writes a file into it and says where.
  std::string write(const std::string& name, const std::string& text) const;

 private:
  std::string path_;
};

std::string readFile(const std::string& path);
// Lines that end in '\n'.
std::vector<std::string> readLines(const std::string& path);
// Where `program` is in $PATH or the sbin directories; "" if nowhere.
std::string findProgram(const std::string& program);
// A port of 127.0.0.1 that nobody listens on now.
uint16_t freePort();

struct Ended {
  int status = 0;  // exit status, or 128 + signal
  std::string out, err;
};

class Child {
 public:
  using Environment = std::vector<std::pair<std::string, std::string>>;
  // argv[0] is the path of the program. `environment` is added to ours. `listen_fds` become its 3,
  // 4, ... as a service manager passes them.
  explicit Child(std::vector<std::string> argv, const Environment& environment = {},
                 const std::vector<int>& listen_fds = {});
  // SIGKILL if it still runs.
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }
  void signal(int number) const;
  // The exit status (128 + signal if killed), or nothing if it still runs at the limit.
  std::optional<int> wait(Millis limit);
  bool running() { return !wait(Millis(0)); }
  std::string out() const { return readFile(dir_.path("out")); }
  std::string err() const { return readFile(dir_.path("err")); }

  // Starts it, waits for its end, and hands over all it said. Status -1: it did not end in time.
  static Ended run(std::vector<std::string> argv, Millis limit = Millis(20000),
                   const Environment& environment = {});

 private:
  TempDir dir_;
  pid_t pid_ = -1;
  std::optional<int> status_;
};

// Direct children of a process, those that have not ended.
std::vector<pid_t> childrenOf(pid_t parent);
// VmRSS in bytes; 0 if there is no such process.
size_t residentBytes(pid_t pid);
size_t openDescriptors(pid_t pid);

}  // namespace convoy::fakes
