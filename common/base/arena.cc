#include "common/base/arena.h"

#include <algorithm>
#include <cstring>

#include "common/base/text.h"

namespace convoy::base {

Arena::Arena(size_t first_block_bytes) : first_block_bytes_(first_block_bytes) {}

char* Arena::allocate(size_t bytes) {
  if (static_cast<size_t>(end_ - at_) < bytes) {
    const size_t last = blocks_.empty() ? 0 : blocks_.back().size * 2;
    const size_t size = std::max({first_block_bytes_, bytes, std::min<size_t>(last, 64 * 1024)});
    blocks_.push_back(Block{std::make_unique_for_overwrite<char[]>(size), size});
    at_ = blocks_.back().data.get();
    end_ = at_ + size;
  }
  char* result = at_;
  at_ += bytes;
  return result;
}

std::string_view Arena::copy(std::string_view s) {
  char* to = allocate(s.size());
  std::copy(s.begin(), s.end(), to);
  return {to, s.size()};
}

std::string_view Arena::concat(std::string_view a, std::string_view b) {
  return concat(a, b, {});
}

std::string_view Arena::concat(std::string_view a, std::string_view b, std::string_view c) {
  char* to = allocate(a.size() + b.size() + c.size());
  char* at = std::copy(a.begin(), a.end(), to);
  at = std::copy(b.begin(), b.end(), at);
  at = std::copy(c.begin(), c.end(), at);
  return {to, static_cast<size_t>(at - to)};
}

std::string_view Arena::decimal(uint64_t value) {
  constexpr size_t kMostDigits = 20;
  char* to = allocate(kMostDigits);
  return {to, static_cast<size_t>(formatUint(to, value) - to)};
}

void Arena::reset() {
  if (blocks_.empty()) return;
  blocks_.resize(1);
  // A first block that one huge message made large is not kept for ever.
  if (blocks_[0].size > 4 * first_block_bytes_) {
    release();
    return;
  }
  at_ = blocks_[0].data.get();
  end_ = at_ + blocks_[0].size;
}

void Arena::release() {
  blocks_.clear();
  at_ = end_ = nullptr;
}

size_t Arena::bytesReserved() const {
  size_t total = 0;
  for (const Block& block : blocks_) total += block.size;
  return total;
}

}  // namespace convoy::base
