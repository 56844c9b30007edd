// pipe_pool: pipes through which bytes go from one socket to another without coming to user space
// (splice(2)). A pipe is taken for one transfer and given back empty, mostly in the same event, so
// that a few serve all connections; only a peer that takes nothing keeps one. Owned by the Poller.
#pragma once

#include <array>
#include <cstddef>

#include "common/base/unique_fd.h"

namespace convoy::net {

class PipePool {
 public:
  struct Pipe {
    base::UniqueFd in, out;
  };
  static constexpr size_t kMax = 64;
  // As much as one transfer moves; the kernel may give less.
  static constexpr size_t kPipeBytes = 256 * 1024;

  // Two descriptors each.
  void setLimit(size_t pipes) { limit_ = pipes < kMax ? pipes : kMax; }
  size_t limit() const { return limit_; }
  // Empty, both ends non-blocking. Null: all are in use, or the kernel has none.
  Pipe* take();
  void giveBack(Pipe& pipe);  // empty
  void discard(Pipe& pipe);   // with bytes in it that nobody wants any more

 private:
  std::array<Pipe, kMax> pipes_;
  std::array<Pipe*, kMax> free_{};
  size_t free_count_ = 0;
  size_t made_ = 0;
  size_t limit_ = 8;
};

}  // namespace convoy::net
