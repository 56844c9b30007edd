// spawn: the only fork, followed at once by an exec of the master's own image (/proc/self/exe, so
// that a respawn in the middle of a package upgrade cannot mix versions). A worker is given
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
  virtual void kill(pid_t pid, int signal) = 0;
  // Children that ended since the last call, each once.
  virtual std::vector<Exited> reap() = 0;
};

class OsProcesses final : public Processes {
 public:
  base::Result<Spawned> spawn(uint32_t slot) override;
  void kill(pid_t pid, int signal) override;
  std::vector<Exited> reap() override;

 private:
  std::set<pid_t> known_;
};

}  // namespace convoy::master
