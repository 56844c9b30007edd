// Buffer: bytes that could not go on at once (a slow peer, an incomplete head): a chain of 16 KiB
// blocks from a per-process free list. An empty Buffer owns nothing. Worker loop
// (also the master's admin connections). Bytes are copied in once and leave through slices.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <sys/uio.h>

namespace convoy::base {

class Buffer {
 public:
  Buffer() = default;
  ~Buffer() { clear(); }
  Buffer(Buffer&& other) noexcept;
  Buffer& operator=(Buffer&& other) noexcept;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  void append(std::string_view bytes);
  void moveFrom(Buffer& other);  // appends all of `other`, which becomes empty
  // Removes `bytes` from the front. REQUIRES: bytes <= size().
  void drain(size_t bytes);
  void clear();
  // First contiguous run; empty only if the buffer is.
  std::string_view front() const;
  // Fills up to `max` iovecs from the front, returns how many.
  int peek(struct iovec* out, int max) const;
  std::string toString() const;  // copies; for tests and slow paths

 private:
  struct Block;
  Block* head_ = nullptr;
  Block* tail_ = nullptr;
  size_t size_ = 0;
};

}  // namespace convoy::base
