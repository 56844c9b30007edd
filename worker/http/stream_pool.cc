#include "worker/http/stream_pool.h"

#include <utility>

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
  finished_.push_back(stream);
  later();
}

void StreamPool::release(std::unique_ptr<http::ServerCodec> codec) {
  finished_codecs_.push_back(std::move(codec));
  later();
}

void StreamPool::later() {
  if (posted_) return;
  posted_ = true;
  loop_.post([this] { reclaim(); });
}

void StreamPool::reclaim() {
  posted_ = false;
  for (std::unique_ptr<http::ServerCodec>& codec : finished_codecs_) {
    codecs_.giveBack(std::move(codec));
  }
  finished_codecs_.clear();
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
