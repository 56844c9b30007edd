// child_check: one question to a child process: it is given bytes as its input, its exit status is
// the answer and what it printed the reason. What would crash or hang us, crashes or hangs it.
// Owned by who asks; the master's loop.
//
//   Running --it ended--> Done        Running --time limit: SIGKILL--> Done
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/net/event_loop.h"
#include "master/spawn.h"

namespace convoy::master {

class ChildCheck {
 public:
  struct Answer {
    bool ok = false;
    std::string text;  // what it printed, or why there is no answer
  };
  using Done = std::function<void(const Answer&)>;
  static constexpr size_t kMaxText = 256 * 1024;

  // `done` is called once, never from inside the constructor; the callee may destroy this later
  // (EventLoop::post), not inside.
  ChildCheck(net::EventLoop& loop, Processes& processes, const Program& program, uint64_t limit_ms,
             Done done);
  ~ChildCheck();  // kills it
  // True if the process was ours.
  bool onReaped(const Exited& exited);

 private:
  void readOutput();
  void finish(Answer answer);

  net::EventLoop& loop_;
  Processes& processes_;
  Done done_;
  const uint64_t limit_ms_;
  pid_t pid_ = -1;  // -1: it does not run
  bool timed_out_ = false;
  std::string text_;
  base::UniqueFd output_;
  std::unique_ptr<net::FdWatcher> watcher_;
  std::unique_ptr<net::Timer> limit_;
};

}  // namespace convoy::master
