#include "common/http/h2_memory.h"

#include <array>
#include <cstdlib>
#include <cstring>
#include <new>

namespace convoy::http::h2_memory {

namespace {

constexpr size_t kStep = 32;
constexpr size_t kLargest = 1024;          // what is larger is rare: malloc's
constexpr size_t kMostIdle = 1024 * 1024;  // of all sizes
constexpr size_t kClasses = kLargest / kStep;

// Before each piece; as large as keeps the piece aligned as malloc() aligns.
struct alignas(std::max_align_t) Head {
  size_t size;  // asked for, rounded up to the class's if there is one
};

struct Idle {
  Idle* next;
};

struct Lists {
  std::array<Idle*, kClasses> first{};
  size_t bytes = 0;
  uint64_t fresh = 0;
};

Lists& lists() {
  static Lists lists;
  return lists;
}

size_t classOf(size_t size) {
  return (size - 1) / kStep;
}

Head* headOf(void* piece) {
  return static_cast<Head*>(piece) - 1;
}

void* fromMalloc(size_t size) {
  auto* head = static_cast<Head*>(std::malloc(sizeof(Head) + size));
  if (head == nullptr) return nullptr;
  ++lists().fresh;
  head->size = size;
  return head + 1;
}

}  // namespace

void* take(size_t size) {
  if (size == 0) size = 1;
  if (!kKeeps || size > kLargest) return fromMalloc(size);
  const size_t kind = classOf(size);
  Lists& own = lists();
  Idle* idle = own.first[kind];
  if (idle == nullptr) return fromMalloc((kind + 1) * kStep);
  own.first[kind] = idle->next;
  own.bytes -= (kind + 1) * kStep;
  return idle;
}

void giveBack(void* piece) {
  if (piece == nullptr) return;
  const size_t size = headOf(piece)->size;
  Lists& own = lists();
  if (!kKeeps || size > kLargest || own.bytes + size > kMostIdle) {
    std::free(headOf(piece));
    return;
  }
  Idle*& first = own.first[classOf(size)];
  first = new (piece) Idle{first};
  own.bytes += size;
}

void* resize(void* piece, size_t size) {
  if (piece == nullptr) return take(size);
  const size_t before = headOf(piece)->size;
  if (size <= before) return piece;
  void* larger = take(size);
  if (larger == nullptr) return nullptr;
  std::memcpy(larger, piece, before);
  giveBack(piece);
  return larger;
}

size_t idle() {
  return lists().bytes;
}

uint64_t fresh() {
  return lists().fresh;
}

}  // namespace convoy::http::h2_memory
