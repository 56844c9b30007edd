#include "master/spawn.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "common/ipc/messages.h"
#include "common/net/socket.h"

extern char** environ;

namespace convoy::master {
namespace {

// Between fork and exec: async-signal-safe calls only.
[[noreturn]] void becomeWorker(int control, char* const* argv) {
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &standard, nullptr);
  // Ignored from the first instant on: a Ctrl-C reaches the whole terminal group, and a worker that
  // is still being loaded must not die of it.
  struct sigaction ignored {};
  ignored.sa_handler = SIG_IGN;
  for (int signal : {SIGINT, SIGHUP, SIGUSR1, SIGPIPE}) ::sigaction(signal, &ignored, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  if (control == ipc::kControlFd) {
    ::fcntl(control, F_SETFD, 0);
  } else if (::dup2(control, ipc::kControlFd) < 0) {
    ::_exit(127);
  }
  ::close_range(ipc::kControlFd + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execve("/proc/self/exe", argv, environ);
  ::_exit(127);
}

}  // namespace

std::string describeExit(int wait_status) {
  if (WIFEXITED(wait_status)) return "exit code " + std::to_string(WEXITSTATUS(wait_status));
  if (WIFSIGNALED(wait_status)) {
    const int signal = WTERMSIG(wait_status);
    return "signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
  }
  return "wait status " + std::to_string(wait_status);
}

base::Result<Spawned> OsProcesses::spawn(uint32_t slot) {
  auto pair = net::socketPair(SOCK_SEQPACKET);
  if (!pair.ok()) return pair.error();
  std::string title = "convoy: worker " + std::to_string(slot);
  std::string flag = kWorkerFlag;
  char* argv[] = {title.data(), flag.data(), nullptr};
  // No handler of ours may run in the child before it has reset them.
  sigset_t all, before;
  ::sigfillset(&all);
  ::sigprocmask(SIG_BLOCK, &all, &before);
  const pid_t pid = ::fork();
  if (pid == 0) becomeWorker(pair->second.get(), argv);
  const int error = errno;
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) return base::Error::fromErrno(error, "cannot start a worker: fork");
  known_.insert(pid);
  return Spawned{pid, std::move(pair->first)};
}

void OsProcesses::kill(pid_t pid, int signal) {
  // Only what was not reaped yet: the number may belong to a stranger afterwards.
  if (known_.count(pid) != 0) ::kill(pid, signal);
}

std::vector<Exited> OsProcesses::reap() {
  std::vector<Exited> out;
  int status = 0;
  // As pid 1 of a container the orphans of others are ours to bury, too.
  if (::getpid() == 1) {
    for (pid_t pid = ::waitpid(-1, &status, WNOHANG); pid > 0;
         pid = ::waitpid(-1, &status, WNOHANG)) {
      if (known_.erase(pid) != 0) out.push_back({pid, status});
    }
    return out;
  }
  for (auto it = known_.begin(); it != known_.end();) {
    const pid_t pid = *it;
    const pid_t got = ::waitpid(pid, &status, WNOHANG);
    // -1: somebody else waited for it; it is gone all the same.
    if (got != 0) out.push_back({pid, got == pid ? status : 0});
    it = got == 0 ? std::next(it) : known_.erase(it);
  }
  return out;
}

}  // namespace convoy::master
