#include "common/net/poller.h"

#include <algorithm>
#include <cstdint>
#include <unistd.h>

#include "common/base/check.h"
#include "common/net/connection.h"

namespace convoy::net {

namespace {

// Of requests less than of answers: the fewer begin at once, the fewer are under way.
constexpr size_t kRequests = 64;
constexpr size_t kAnswers = 256;
// A thousand clients of 1 KiB cost a seventh less CPU with a second epoll descriptor; one alone
// cost 3 % more.
constexpr size_t kFew = 64;
constexpr uint32_t kEdges = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;

// A handler is a member of what it serves (a client's connection, say), and with a thousand of them
// none is in the cache when its event comes. Their lines are fetched while the one before is
// served. The lines around it may belong to others: fetching reads nothing, and cannot fail.
// Numbers and no pointers, which must not leave what they point into (and null points into
// nothing).
void fetchAhead(const void* handler) {
  constexpr uintptr_t kLine = 64, kBefore = 3, kAll = 8;
  const uintptr_t first = reinterpret_cast<uintptr_t>(handler) - kBefore * kLine;
  for (uintptr_t line = 0; line < kAll; ++line) {
    __builtin_prefetch(reinterpret_cast<const void*>(first + line * kLine));
  }
}

bool watch(int epoll_fd, int fd, uint32_t events, void* data) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = data;
  return ::epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

}  // namespace

Poller::Poller()
    : epoll_fd_(::epoll_create1(EPOLL_CLOEXEC)),
      answers_fd_(::epoll_create1(EPOLL_CLOEXEC)),
      own_read_buffer_(std::make_unique<char[]>(kReadBytes)),
      read_buffer_(own_read_buffer_.get()) {
  CHECK(epoll_fd_ >= 0 && answers_fd_ >= 0);
  requests_.events.resize(kRequests);
  answers_.events.resize(kAnswers);
  CHECK(watch(epoll_fd_, answers_fd_, EPOLLIN | EPOLLET, &answers_));
}

Poller::~Poller() {
  ::close(answers_fd_);
  ::close(epoll_fd_);
}

bool Poller::add(int fd, PollHandler& handler) {
  return watch(epoll_fd_, fd, kEdges, &handler);
}

bool Poller::addOutbound(int fd, PollHandler& handler) {
  if (!watch(outbound_ < kFew ? epoll_fd_ : answers_fd_, fd, kEdges, &handler)) return false;
  ++outbound_;
  return true;
}

bool Poller::addLevel(int fd, PollHandler& handler) {
  return watch(epoll_fd_, fd, EPOLLIN, &handler);
}

void Poller::remove(int fd) {
  if (::epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, fd, nullptr) == 0) return;
  ::epoll_ctl(answers_fd_, EPOLL_CTL_DEL, fd, nullptr);
}

void Poller::again(PollHandler& handler, uint32_t events) {
  if (handler.again_events_ == 0) again_.push_back(&handler);
  handler.again_events_ |= events;
}

void Poller::forget(PollHandler& handler) {
  if (handler.again_events_ != 0) {
    handler.again_events_ = 0;
    std::replace(again_.begin(), again_.end(), &handler, static_cast<PollHandler*>(nullptr));
    std::replace(again_batch_.begin(), again_batch_.end(), &handler,
                 static_cast<PollHandler*>(nullptr));
  }
  requests_.forget(handler);
  answers_.forget(handler);
}

void Poller::Batch::forget(const PollHandler& handler) {
  for (size_t i = at; i < size; ++i) {
    if (events[i].data.ptr == &handler) events[i].data.ptr = nullptr;
  }
}

void Poller::Batch::wait(int epoll_fd, int timeout_ms) {
  at = 0;
  const int ready =
      ::epoll_wait(epoll_fd, events.data(), static_cast<int>(events.size()), timeout_ms);
  size = static_cast<size_t>(std::max(0, ready));
}

void Poller::wait(int timeout_ms) {
  requests_.wait(epoll_fd_, again_.empty() && !more_answers_ ? timeout_ms : 0);
}

void Poller::dispatch() {
  // A full batch: what it says of the answers may be among the events that did not fit in.
  const bool full = requests_.full();
  if (takeAnswersMark() || full || more_answers_) {
    answers_.wait(answers_fd_, 0);
    more_answers_ = answers_.full();
    serve(answers_);
  }
  serve(requests_);
  runAgain();
  flushCorks();
}

// Whether the batch says that there are answers.
bool Poller::takeAnswersMark() {
  for (size_t i = 0; i < requests_.size; ++i) {
    epoll_event& event = requests_.events[i];
    if (event.data.ptr != &answers_) continue;
    event.data.ptr = nullptr;
    return true;
  }
  return false;
}

void Poller::serve(Batch& batch) {
  while (batch.at < batch.size) {
    const epoll_event event = batch.events[batch.at++];
    if (batch.at < batch.size) fetchAhead(batch.events[batch.at].data.ptr);
    if (event.data.ptr == nullptr) continue;
    event_ = ++events_;
    static_cast<PollHandler*>(event.data.ptr)->onIo(event.events);
    flushCork();
    if (batch.at % kGatherEvents == 0) flushCorks();
  }
  event_ = 0;
  batch.at = batch.size = 0;
  flushCorks();
}

// One round only: a handler that asks again waits for the others.
void Poller::runAgain() {
  again_batch_.swap(again_);
  for (size_t i = 0; i < again_batch_.size(); ++i) {
    PollHandler* handler = again_batch_[i];
    if (handler == nullptr) continue;
    again_batch_[i] = nullptr;
    const uint32_t events = handler->again_events_;
    handler->again_events_ = 0;
    event_ = ++events_;
    handler->onIo(events);
    flushCork();
  }
  event_ = 0;
  again_batch_.clear();
}

// --- the corks ---

void Poller::flushCork() {
  if (cork_.owner != nullptr) cork_.owner->flush();
}

void Poller::flushCorks() {
  flushCork();
  while (gathering_ > 0) gathered_[gathering_ - 1]->owner->flush();
}

Poller::Cork& Poller::lendCork(Connection& connection, bool gathers) {
  if (!gathers) {
    flushCork();
    cork_.owner = &connection;
    return cork_;
  }
  if (gathering_ == kMostGathering) gathered_.front()->owner->flush();
  if (gathering_ == gathered_.size()) gathered_.push_back(std::make_unique<Cork>());
  Cork& cork = *gathered_[gathering_];
  cork.owner = &connection;
  cork.seat = gathering_++;
  return cork;
}

void Poller::takeBack(Cork& cork) {
  cork.owner = nullptr;
  cork.size = 0;
  if (&cork == &cork_) return;
  std::unique_ptr<Cork>& last = gathered_[--gathering_];
  last->seat = cork.seat;
  std::swap(gathered_[cork.seat], last);
}

}  // namespace convoy::net
