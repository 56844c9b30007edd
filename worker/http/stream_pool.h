// stream_pool: streams at rest and those just finished, and the codecs that idle connections do
// without. A finished one is reused only in a later turn of the loop, because frames of its own
// calls may still be on the stack. Owned by the worker; its loop.
#pragma once

#include <cstddef>
#include <vector>

#include "common/http/h1_codec.h"
#include "common/net/event_loop.h"
#include "worker/http/stream.h"

namespace convoy::worker {

class StreamPool {
 public:
  explicit StreamPool(net::EventLoop& loop) : loop_(loop) {}
  ~StreamPool();
  Stream* acquire();
  void release(Stream* stream);
  http::H1ServerCodecPool& codecs() { return codecs_; }
  // Of a connection that has had its answer and does without.
  void release(std::unique_ptr<http::ServerCodec> codec);
  size_t inUse() const { return in_use_; }

 private:
  static constexpr size_t kMaxIdle = 1024;
  void later();
  void reclaim();
  net::EventLoop& loop_;
  std::vector<Stream*> free_;
  std::vector<Stream*> finished_;
  std::vector<std::unique_ptr<http::ServerCodec>> finished_codecs_;
  http::H1ServerCodecPool codecs_;
  bool posted_ = false;
  size_t in_use_ = 0;
};

}  // namespace convoy::worker
