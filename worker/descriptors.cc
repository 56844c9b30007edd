#include "worker/descriptors.h"

#include <algorithm>
#include <dirent.h>
#include <sys/resource.h>
#include <utility>

#include "common/base/log.h"
#include "common/net/poller.h"

namespace convoy::worker {

namespace {

size_t openDescriptors() {
  DIR* dir = ::opendir("/proc/self/fd");
  if (dir == nullptr) return 64;  // a sandbox without /proc: more than a small configuration needs
  size_t n = 0;
  while (const dirent* entry = ::readdir(dir)) n += entry->d_name[0] != '.' ? 1 : 0;
  ::closedir(dir);
  return n - 1;  // the directory's own
}

size_t reserveOf(size_t limit) {
  return std::clamp<size_t>(limit / 8, 8, 512);
}

}  // namespace

Descriptors::Descriptors(net::EventLoop& loop, const stats::SlabHeader& counts)
    : loop_(loop), counts_(counts) {}

void Descriptors::measure() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  if (limit.rlim_cur == RLIM_INFINITY) return;
  assume(limit.rlim_cur, openDescriptors());
}

void Descriptors::assume(size_t limit, size_t open_without_connections) {
  limit_ = limit;
  net::PipePool& pipes = loop_.poller().pipes();
  pipes.setLimit(std::max<size_t>(limit / 64, 1));
  base_ = open_without_connections + reserveOf(limit) + 2 * pipes.limit();
  if (base_ + 2 <= limit_) return;
  base::logger("listener")
      .warn(
          "the limit of {} descriptors leaves no room beside the {} of this worker: it serves one "
          "connection at a time; raise LimitNOFILE (ulimit -n)",
          limit, base_);
}

size_t Descriptors::idlePooled() const {
  return pooled_ - std::min<size_t>(pooled_, counts_.requests_inflight);
}

bool Descriptors::room() const {
  if (counts_.connections == 0) return true;
  return base_ + 2 * (counts_.connections + 1) + idlePooled() <= limit_;
}

void Descriptors::wait(RoomWaiter& waiter) {
  if (std::find(waiting_.begin(), waiting_.end(), &waiter) == waiting_.end()) {
    waiting_.push_back(&waiter);
  }
}

void Descriptors::forget(RoomWaiter& waiter) {
  std::erase(waiting_, &waiter);
}

void Descriptors::pooledClosed() {
  --pooled_;
  released();
}

// At the end of the turn: the socket of what tells us is closed by then.
void Descriptors::released() {
  if (waiting_.empty() || wake_posted_) return;
  wake_posted_ = true;
  loop_.post([this] { wake(); });
}

void Descriptors::wake() {
  wake_posted_ = false;
  if (!room()) return;
  // By turns, if there are more of them than places.
  std::vector<RoomWaiter*> woken = std::exchange(waiting_, {});
  std::rotate(woken.begin(), woken.begin() + 1, woken.end());
  for (RoomWaiter* waiter : woken) waiter->onRoom();
}

}  // namespace convoy::worker
