#include "worker/http/stream_pool.h"

#include <algorithm>

#include "worker/http/conn_manager.h"

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

void StreamPool::restLater(HttpConnection& connection) {
  resting_.push_back(&connection);
  later();
}

void StreamPool::forget(HttpConnection& connection) {
  std::replace(resting_.begin(), resting_.end(), &connection,
               static_cast<HttpConnection*>(nullptr));
}

void StreamPool::later() {
  if (posted_) return;
  posted_ = true;
  loop_.post([this] { reclaim(); });
}

void StreamPool::reclaim() {
  posted_ = false;
  for (HttpConnection* connection : resting_) {
    if (connection != nullptr) connection->rest();
  }
  resting_.clear();
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
