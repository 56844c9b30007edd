// sink: writes access-log lines of one file, stdout or stderr. Lines gather in a buffer that is
// written (one write(2), O_APPEND, whole lines only) when it reaches 64 KiB, at the end of a flush
// interval, and at exit. A full disk or a pipe that nobody reads never blocks a worker: at most 1
// MiB waits, then whole lines are dropped and counted. One per path per worker; owned by the
// worker.
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
  explicit LogSink(
      base::UniqueFd fd);  // regular files, pipes, ttys; set non-blocking only via poll
  ~LogSink();              // flushes what the file takes at once
  void write(std::string_view line);
  void flush();                    // at most once per flush interval, by the owner's timer
  void reopen(base::UniqueFd fd);  // flushes to the old one first
  uint64_t linesDropped() const { return dropped_; }
  uint64_t linesWritten() const { return written_; }

 private:
  base::UniqueFd fd_;
  std::string queue_;
  uint64_t dropped_ = 0;
  uint64_t written_ = 0;
};

}  // namespace convoy::worker
