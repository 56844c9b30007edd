#include "common/base/buffer.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "common/base/check.h"

namespace convoy::base {

namespace {
constexpr size_t kBlockBytes = 16 * 1024;
// Blocks kept for the next slow peer; more would be memory that a burst leaves behind.
constexpr size_t kMaxFree = 64;
}  // namespace

struct Buffer::Block {
  Block* next;
  size_t begin;
  size_t end;
  char data[kBlockBytes];

  static Block* make();
  static void recycle(Block* block);
};

namespace {
struct FreeList {
  void* head = nullptr;
  size_t count = 0;
};
FreeList free_list;  // one loop per process, no threads
}  // namespace

Buffer::Block* Buffer::Block::make() {
  Block* block;
  if (free_list.head != nullptr) {
    block = static_cast<Block*>(free_list.head);
    free_list.head = block->next;
    --free_list.count;
  } else {
    block = new Block;
  }
  block->next = nullptr;
  block->begin = block->end = 0;
  return block;
}

void Buffer::Block::recycle(Block* block) {
  if (free_list.count >= kMaxFree) {
    delete block;
    return;
  }
  block->next = static_cast<Block*>(free_list.head);
  free_list.head = block;
  ++free_list.count;
}

Buffer::Buffer(Buffer&& other) noexcept
    : head_(std::exchange(other.head_, nullptr)),
      tail_(std::exchange(other.tail_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  if (this != &other) {
    clear();
    head_ = std::exchange(other.head_, nullptr);
    tail_ = std::exchange(other.tail_, nullptr);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

void Buffer::append(std::string_view bytes) {
  size_ += bytes.size();
  while (!bytes.empty()) {
    if (tail_ == nullptr || tail_->end == kBlockBytes) {
      Block* block = Block::make();
      (tail_ == nullptr ? head_ : tail_->next) = block;
      tail_ = block;
    }
    const size_t n = std::min(bytes.size(), kBlockBytes - tail_->end);
    std::memcpy(tail_->data + tail_->end, bytes.data(), n);
    tail_->end += n;
    bytes.remove_prefix(n);
  }
}

void Buffer::moveFrom(Buffer& other) {
  if (other.head_ == nullptr) return;
  (tail_ == nullptr ? head_ : tail_->next) = other.head_;
  tail_ = other.tail_;
  size_ += other.size_;
  other.head_ = other.tail_ = nullptr;
  other.size_ = 0;
}

void Buffer::drain(size_t bytes) {
  DCHECK(bytes <= size_);
  size_ -= bytes;
  while (bytes > 0) {
    const size_t n = std::min(bytes, head_->end - head_->begin);
    head_->begin += n;
    bytes -= n;
    if (head_->begin == head_->end) {
      Block* done = head_;
      head_ = done->next;
      if (head_ == nullptr) tail_ = nullptr;
      Block::recycle(done);
    }
  }
}

void Buffer::clear() {
  while (head_ != nullptr) Block::recycle(std::exchange(head_, head_->next));
  tail_ = nullptr;
  size_ = 0;
}

std::string_view Buffer::front() const {
  if (head_ == nullptr) return {};
  return {head_->data + head_->begin, head_->end - head_->begin};
}

int Buffer::peek(struct iovec* out, int max) const {
  int n = 0;
  for (Block* block = head_; block != nullptr && n < max; block = block->next) {
    out[n].iov_base = block->data + block->begin;
    out[n++].iov_len = block->end - block->begin;
  }
  return n;
}

std::string Buffer::toString() const {
  std::string text;
  text.reserve(size_);
  for (Block* block = head_; block != nullptr; block = block->next) {
    text.append(block->data + block->begin, block->end - block->begin);
  }
  return text;
}

}  // namespace convoy::base
