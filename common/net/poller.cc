#include "common/net/poller.h"

#include <algorithm>
#include <unistd.h>

#include "common/base/check.h"
#include "common/net/connection.h"

namespace convoy::net {

namespace {
constexpr int kBatch = 256;
}

Poller::Poller()
    : epoll_fd_(::epoll_create1(EPOLL_CLOEXEC)),
      events_(kBatch),
      own_read_buffer_(std::make_unique<char[]>(kReadBytes)),
      read_buffer_(own_read_buffer_.get()),
      cork_(std::make_unique<char[]>(kCorkBytes)) {
  CHECK(epoll_fd_ >= 0);
}

Poller::~Poller() {
  ::close(epoll_fd_);
}

bool Poller::add(int fd, PollHandler& handler) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &handler;
  return ::epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event) == 0;
}

bool Poller::addLevel(int fd, PollHandler& handler) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = &handler;
  return ::epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event) == 0;
}

void Poller::remove(int fd) {
  ::epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, fd, nullptr);
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
  for (int i = batch_at_; i < batch_size_; ++i) {
    auto& event = events_[static_cast<size_t>(i)];
    if (event.data.ptr == &handler) event.data.ptr = nullptr;
  }
}

void Poller::wait(int timeout_ms) {
  const int timeout = again_.empty() ? timeout_ms : 0;
  batch_at_ = 0;
  batch_size_ = std::max(0, ::epoll_wait(epoll_fd_, events_.data(), kBatch, timeout));
}

void Poller::dispatch() {
  while (batch_at_ < batch_size_) {
    const epoll_event event = events_[static_cast<size_t>(batch_at_++)];
    if (event.data.ptr == nullptr) continue;
    static_cast<PollHandler*>(event.data.ptr)->onIo(event.events);
    flushCork();
  }
  batch_at_ = batch_size_ = 0;
  runAgain();
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
    handler->onIo(events);
    flushCork();
  }
  again_batch_.clear();
}

void Poller::flushCork() {
  if (cork_owner_ != nullptr) cork_owner_->flush();
}

}  // namespace convoy::net
