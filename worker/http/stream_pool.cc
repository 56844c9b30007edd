#include "worker/http/stream_pool.h"

namespace convoy::worker {

StreamPool::~StreamPool() {
  for (Stream* stream : free_) delete stream;
  for (Stream* stream : finished_) delete stream;
}

Stream* StreamPool::acquire() {
  ++in_use_;
  if (free_.empty()) return new Stream();
  Stream* stream = free_.back();
  free_.pop_back();
  return stream;
}

void StreamPool::release(Stream* stream) {
  --in_use_;
  if (finished_.empty()) loop_.post([this] { reclaim(); });
  finished_.push_back(stream);
}

void StreamPool::reclaim() {
  for (Stream* stream : finished_) {
    stream->clear();
    if (free_.size() < kMaxIdle) {
      free_.push_back(stream);
    } else {
      delete stream;
    }
  }
  finished_.clear();
}

}  // namespace convoy::worker
