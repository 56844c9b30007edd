// spawn: the only fork, followed at once by an exec: of the master's own image for a worker
// (/proc/self/exe, so that a respawn in the middle of a package upgrade cannot mix versions), of a
// program that answers a question else. A worker is given
// descriptors 0-2 and its control socket as 3; all else is close-on-exec. No parent-death signal:
// workers outlive a killed master and keep serving. An interface, so that tests run the state
// machines without processes.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <sys/types.h>
#include <vector>

#include "common/base/result.h"
#include "common/base/unique_fd.h"

namespace convoy::master {

inline constexpr const char* kWorkerFlag = "--worker";

struct Spawned {
  pid_t pid = -1;
  base::UniqueFd control;  // the master's end, SOCK_SEQPACKET
};

// A child that is no worker: answers one question and ends.
struct Program {
  std::string path;
  std::vector<std::string> argv;  // the name first
  int input = -1;                 // its descriptor 0; -1: /dev/null
};
struct Started {
  pid_t pid = -1;
  base::UniqueFd output;  // what it writes to 1 and 2; non-blocking
};

struct Exited {
  pid_t pid = -1;
  int status = 0;  // of waitpid
};
// "exit code 3", "signal 9 (Killed)".
std::string describeExit(int wait_status);

class Processes {
 public:
  virtual ~Processes() = default;
  virtual base::Result<Spawned> spawn(uint32_t slot) = 0;
  virtual base::Result<Started> run(const Program& program) = 0;
  virtual void kill(pid_t pid, int signal) = 0;
  // A child that this image did not start (a worker's sentinel, a child of the image before us): it
  // is waited for, too. No effect if it is none.
  virtual void adopt(pid_t pid) { static_cast<void>(pid); }
  // Started or adopted, and not reaped yet.
  virtual bool lives(pid_t pid) const {
    static_cast<void>(pid);
    return false;
  }
  // Children that ended since the last call, each once.
  virtual std::vector<Exited> reap() = 0;
};

class OsProcesses : public Processes {
 public:
  base::Result<Spawned> spawn(uint32_t slot) override;
  base::Result<Started> run(const Program& program) override;
  void kill(pid_t pid, int signal) override;
  void adopt(pid_t pid) override;
  bool lives(pid_t pid) const override { return known_.count(pid) != 0; }
  std::vector<Exited> reap() override;

 private:
  template <typename Child>
  base::Result<pid_t> fork(Child child);
  std::set<pid_t> known_;
  bool strangers_ = false;  // there are children that others started
};

}  // namespace convoy::master
