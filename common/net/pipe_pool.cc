#include "common/net/pipe_pool.h"

#include <fcntl.h>
#include <unistd.h>

namespace convoy::net {

PipePool::Pipe* PipePool::take() {
  Pipe* pipe = nullptr;
  if (free_count_ != 0) {
    pipe = free_[--free_count_];
    if (pipe->in.valid()) return pipe;
  } else {
    if (made_ >= limit_) return nullptr;
    pipe = &pipes_[made_++];
  }
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
    free_[free_count_++] = pipe;
    return nullptr;
  }
  // More than a user may have (pipe-user-pages-soft): it stays as it is.
  ::fcntl(ends[1], F_SETPIPE_SZ, static_cast<int>(kPipeBytes));
  pipe->out.reset(ends[0]);
  pipe->in.reset(ends[1]);
  return pipe;
}

void PipePool::giveBack(Pipe& pipe) {
  free_[free_count_++] = &pipe;
}

void PipePool::discard(Pipe& pipe) {
  pipe.in.reset();
  pipe.out.reset();
  free_[free_count_++] = &pipe;
}

}  // namespace convoy::net
