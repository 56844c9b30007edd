// sink: writes access-log lines of one file, stdout or stderr. Lines gather in a buffer that is
// written (one write(2), O_APPEND, whole lines only) when it reaches 64 KiB, at the end of a flush
// interval, and at exit. A full disk or a pipe that nobody reads never blocks a worker: at most 1
// MiB waits, then whole lines are dropped and counted. One per path per worker; owned by the
// worker, which ignores SIGPIPE and SIGXFSZ.
//
// Pipes and ttys are often shared with other processes (the pod's stdout), so O_NONBLOCK is never
// set on the descriptor that was given: it would change theirs too. The sink opens the same pipe
// anew through /proc/self/fd, which makes a description of its own; where that is refused (another
// user's pipe) it asks poll(2) before each write and writes at most PIPE_BUF, which a writable pipe
// takes at once. Sockets (journald) get MSG_DONTWAIT. Pieces for a pipe end at a line's end and fit
// PIPE_BUF, so that the lines of several workers never mix.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/unique_fd.h"

namespace convoy::worker {

class LogSink {
 public:
  static constexpr size_t kFlushBytes = 64 * 1024;
  static constexpr size_t kMaxQueued = 1024 * 1024;
  explicit LogSink(base::UniqueFd fd);  // regular files, pipes, ttys, sockets
  ~LogSink();                           // flushes what the file takes at once
  LogSink(const LogSink&) = delete;
  LogSink& operator=(const LogSink&) = delete;
  void write(std::string_view line);
  void flush();                    // at most once per flush interval, by the owner's timer
  void reopen(base::UniqueFd fd);  // flushes to the old one first
  bool empty() const { return queue_.empty(); }
  uint64_t linesDropped() const { return dropped_; }
  uint64_t linesWritten() const { return written_; }  // taken, and not dropped since
  uint64_t writesCompleted() const { return completed_; }
  uint64_t writesFailed() const { return failed_; }

 private:
  enum class Kind : uint8_t { File, Stream, PolledStream, Socket };

  void adopt(base::UniqueFd fd);
  size_t pieceSize(std::string_view waiting) const;
  ssize_t writeSome(std::string_view piece) const;
  void discard(size_t bytes);

  base::UniqueFd fd_;
  Kind kind_ = Kind::File;
  bool mid_line_ = false;  // the last byte written was not the end of a line
  std::string queue_;
  size_t next_try_ = kFlushBytes;  // a sink that is stuck is not tried again for every line
  uint64_t dropped_ = 0;
  uint64_t written_ = 0;
  uint64_t completed_ = 0;  // write(2)
  uint64_t failed_ = 0;
};

}  // namespace convoy::worker
