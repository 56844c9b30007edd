// Arena: memory of one message. Bytes are handed out by bumping a pointer, and all come back at
// once in reset(), which keeps the first block: a message that fits in it allocates nothing in the
// steady state. Owned by a stream (worker loop). Strings point into it until reset().
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace convoy::base {

class Arena {
 public:
  explicit Arena(size_t first_block_bytes = 4096);
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  char* allocate(size_t bytes);  // no alignment beyond 1: for text
  std::string_view copy(std::string_view s);
  std::string_view concat(std::string_view a, std::string_view b);
  std::string_view concat(std::string_view a, std::string_view b, std::string_view c);
  std::string_view decimal(uint64_t value);
  void reset();    // frees all but the first block; the first block is allocated on first use
  void release();  // frees everything, the first block too
  size_t bytesReserved() const;

 private:
  struct Block {
    std::unique_ptr<char[]> data;
    size_t size;
  };
  size_t first_block_bytes_;
  std::vector<Block> blocks_;
  char* at_ = nullptr;
  char* end_ = nullptr;
};

}  // namespace convoy::base
