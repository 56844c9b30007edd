#include "worker/sentinel/sentinel.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/base/log.h"
#include "worker/sentinel/rescuer.h"

namespace convoy::worker {

bool sentinelPossible() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  return false;
#else
  return true;
#endif
#else
  return true;
#endif
}

namespace {

base::UniqueFd openPid(pid_t pid) {
  return base::UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

}  // namespace

Sentinel::Sentinel(net::EventLoop& loop, Ledger& ledger, base::UniqueFd outbox)
    : loop_(loop), ledger_(ledger), outbox_(std::move(outbox)) {
  again_ = loop.createTimer([this] { start(); });
}

Sentinel::~Sentinel() = default;

void Sentinel::start() {
  const std::string failed = clone();
  if (failed.empty()) return;
  base::logger("main").error("no sentinel: {}; if this worker is killed, its connections are lost",
                             failed);
}

void Sentinel::dismiss() {
  ledger_.header().leaving.store(1, std::memory_order_release);
}

std::string Sentinel::clone() {
  if (!sentinelPossible()) return "a build with a sanitizer cannot clone without exec";
  ++starts_;
  if (!self_.valid()) self_ = openPid(::getpid());
  if (!self_.valid()) return std::string("pidfd_open: ") + std::strerror(errno);
  Rescuer rescuer(ledger_.table(), self_.get(), outbox_.get());
  sigset_t all, before;
  ::sigfillset(&all);
  ::sigprocmask(SIG_BLOCK, &all, &before);
  const long pid = ::syscall(SYS_clone, CLONE_FILES | CLONE_PARENT | SIGCHLD, nullptr, nullptr,
                             nullptr, nullptr);
  if (pid == 0) rescuer.run();
  const int error = errno;
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) return std::string("clone: ") + std::strerror(error);
  ledger_.header().sentinel.store(static_cast<int32_t>(pid), std::memory_order_release);
  child_ = openPid(static_cast<pid_t>(pid));
  if (!child_.valid()) return "";
  watcher_ = loop_.watchFd(child_.get(), net::kReadable, [this](uint32_t) { onDied(); });
  return "";
}

void Sentinel::onDied() {
  watcher_->setEvents(0);
  const bool again = starts_ < kMaxStarts;
  base::logger("main").error("the sentinel of this worker died{}",
                             again ? ": starting another" : " again: going on without");
  // This is the watcher's own callback.
  if (!again) return;
  again_->start(kAgainMs);
}

}  // namespace convoy::worker
