#include "master/spawn.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/ipc/messages.h"
#include "common/net/socket.h"

extern char** environ;

namespace convoy::master {
namespace {

// Between fork and exec: async-signal-safe calls only.
void standardSignals() {
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &standard, nullptr);
}

void unblockSignals() {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void becomeWorker(int control, char* const* argv) {
  standardSignals();
  // Ignored from the first instant on: a Ctrl-C reaches the whole terminal group, and a worker that
  // is still being loaded must not die of it.
  struct sigaction ignored {};
  ignored.sa_handler = SIG_IGN;
  for (int signal : {SIGINT, SIGHUP, SIGUSR1, SIGPIPE}) ::sigaction(signal, &ignored, nullptr);
  if (control == ipc::kControlFd) {
    ::fcntl(control, F_SETFD, 0);
  } else if (::dup2(control, ipc::kControlFd) < 0) {
    ::_exit(127);
  }
  ::close_range(ipc::kControlFd + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  unblockSignals();
  ::execve("/proc/self/exe", argv, environ);
  ::_exit(127);
}

// `input` and `output` are above 2.
[[noreturn]] void becomeProgram(const char* path, int input, int output, char* const* argv) {
  standardSignals();
  if (::dup2(input, 0) < 0 || ::dup2(output, 1) < 0 || ::dup2(output, 2) < 0) ::_exit(127);
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  unblockSignals();
  ::execve(path, argv, environ);
  // strerror() may allocate.
  static const char kText[] = "it cannot be executed\n";
  [[maybe_unused]] const ssize_t n = ::write(1, kText, sizeof(kText) - 1);
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

template <typename Child>
base::Result<pid_t> OsProcesses::fork(Child child) {
  // No handler of ours may run in the child before it has reset them.
  sigset_t all, before;
  ::sigfillset(&all);
  ::sigprocmask(SIG_BLOCK, &all, &before);
  const pid_t pid = ::fork();
  if (pid == 0) child();
  const int error = errno;
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) return base::Error::fromErrno(error, "fork");
  known_.insert(pid);
  return pid;
}

base::Result<Spawned> OsProcesses::spawn(uint32_t slot) {
  auto pair = net::socketPair(SOCK_SEQPACKET);
  if (!pair.ok()) return pair.error();
  std::string title = "convoy: worker " + std::to_string(slot);
  std::string flag = kWorkerFlag;
  char* argv[] = {title.data(), flag.data(), nullptr};
  auto pid = fork([&] { becomeWorker(pair->second.get(), argv); });
  if (!pid.ok()) {
    return base::Error::make(base::ErrorKind::Io, "cannot start a worker: " + pid.error().context);
  }
  return Spawned{*pid, std::move(pair->first)};
}

base::Result<Started> OsProcesses::run(const Program& program) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return base::Error::fromErrno(errno, "pipe");
  base::UniqueFd output(ends[0]), theirs(ends[1]);
  ::fcntl(output.get(), F_SETFL, O_NONBLOCK);
  base::UniqueFd input(program.input >= 0 ? ::fcntl(program.input, F_DUPFD_CLOEXEC, 3)
                                          : ::open("/dev/null", O_RDONLY | O_CLOEXEC));
  std::vector<std::string> words = program.argv;
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  auto pid =
      fork([&] { becomeProgram(program.path.c_str(), input.get(), theirs.get(), argv.data()); });
  if (!pid.ok()) return pid.error();
  return Started{*pid, std::move(output)};
}

void OsProcesses::kill(pid_t pid, int signal) {
  // Only what was not reaped yet: the number may belong to a stranger afterwards.
  if (known_.count(pid) != 0) ::kill(pid, signal);
}

void OsProcesses::adopt(pid_t pid) {
  if (pid <= 0 || known_.count(pid) != 0) return;
  siginfo_t info{};
  const auto id = static_cast<id_t>(pid);
  if (::waitid(P_PID, id, &info, WEXITED | WNOHANG | WNOWAIT) != 0) return;
  known_.insert(pid);
  strangers_ = true;
}

std::vector<Exited> OsProcesses::reap() {
  std::vector<Exited> out;
  int status = 0;
  // As pid 1 of a container the orphans of others are ours to bury, too; so are the sentinels of
  // workers that the image before us started.
  if (::getpid() == 1 || strangers_) {
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
