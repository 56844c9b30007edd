#include "worker/access_log/sink.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <utility>

namespace convoy::worker {
namespace {

// A description of our own for the pipe or tty behind `fd`: its flags are nobody else's.
base::UniqueFd openAnew(int fd) {
  char path[32];
  std::snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
  return base::UniqueFd(::open(path, O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
}

bool isWritableNow(int fd) {
  pollfd p{fd, POLLOUT, 0};
  return ::poll(&p, 1, 0) == 1;
}

}  // namespace

LogSink::LogSink(base::UniqueFd fd) {
  adopt(std::move(fd));
}

LogSink::~LogSink() {
  flush();
}

void LogSink::adopt(base::UniqueFd fd) {
  fd_ = std::move(fd);
  struct stat info {};
  kind_ = Kind::File;
  if (!fd_.valid() || ::fstat(fd_.get(), &info) != 0 || S_ISREG(info.st_mode)) return;
  if (S_ISSOCK(info.st_mode)) {
    kind_ = Kind::Socket;
    return;
  }
  kind_ = Kind::PolledStream;
  if (base::UniqueFd own = openAnew(fd_.get()); own.valid()) {
    fd_ = std::move(own);
    kind_ = Kind::Stream;
  }
}

void LogSink::write(std::string_view line) {
  if (!fd_.valid() || queue_.size() + line.size() > kMaxQueued) {
    ++dropped_;
    return;
  }
  queue_ += line;
  ++written_;
  if (queue_.size() >= next_try_) flush();
}

void LogSink::flush() {
  size_t done = 0;
  while (done < queue_.size() && fd_.valid()) {
    const std::string_view waiting = std::string_view(queue_).substr(done);
    const ssize_t n = writeSome(waiting.substr(0, pieceSize(waiting)));
    if (n > 0) {
      ++completed_;
      done += static_cast<size_t>(n);
      mid_line_ = queue_[done - 1] != '\n';
      continue;
    }
    if (n < 0 && errno == EINTR) continue;
    ++failed_;
    // Nobody will ever read these bytes; a later reader of a named pipe begins with a fresh line.
    if (n < 0 && errno == EPIPE) {
      queue_.erase(0, done);
      discard(queue_.size());
      done = 0;
      mid_line_ = false;
    }
    break;
  }
  queue_.erase(0, done);
  next_try_ = queue_.size() + kFlushBytes;
}

void LogSink::reopen(base::UniqueFd fd) {
  flush();
  if (mid_line_ && !queue_.empty()) {
    // The rest of a line whose beginning is in the old file means nothing in the new one.
    discard(std::min(queue_.find('\n'), queue_.size() - 1) + 1);
  }
  mid_line_ = false;
  adopt(std::move(fd));
}

size_t LogSink::pieceSize(std::string_view waiting) const {
  if (kind_ == Kind::File || waiting.size() <= PIPE_BUF) return waiting.size();
  const size_t last_end = waiting.substr(0, PIPE_BUF).rfind('\n');
  return last_end == std::string_view::npos ? PIPE_BUF : last_end + 1;
}

ssize_t LogSink::writeSome(std::string_view piece) const {
  if (kind_ == Kind::Socket) {
    return ::send(fd_.get(), piece.data(), piece.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }
  if (kind_ == Kind::PolledStream && !isWritableNow(fd_.get())) {
    errno = EAGAIN;
    return -1;
  }
  return ::write(fd_.get(), piece.data(), piece.size());
}

void LogSink::discard(size_t bytes) {
  const auto begin = queue_.begin();
  const auto end = begin + static_cast<std::ptrdiff_t>(bytes);
  const auto lines = static_cast<uint64_t>(std::count(begin, end, '\n'));
  dropped_ += lines;
  written_ -= std::min(lines, written_);
  queue_.erase(0, bytes);
}

}  // namespace convoy::worker
