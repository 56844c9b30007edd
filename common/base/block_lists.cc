#include "common/base/block_lists.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <malloc.h>
#include <sys/random.h>

#include "common/base/check.h"

namespace convoy::base {

namespace {

// The sizes of glibc's own blocks up to 1 KiB, then four steps for each doubling.
constexpr size_t kLeast = 24;
constexpr size_t kStep = 16;
constexpr size_t kSmallClasses = 64;
constexpr size_t kSmall = kLeast + (kSmallClasses - 1) * kStep;
constexpr size_t kLargest = 64 * 1024;
constexpr size_t kClasses = kSmallClasses + 4 * 6;
constexpr size_t kKeep = 256 * 1024;
constexpr size_t kKeepBlocks = 4;  // of the largest, too
constexpr size_t kKeepAll = 4 * 1024 * 1024;

// What a block holds while nobody has it. The secret keeps somebody who can write into freed memory
// from choosing what is handed out next.
struct Kept {
  uint64_t next;   // the one given back before it
  uint64_t freed;  // says that it is kept
};
static_assert(sizeof(Kept) <= kLeast);

struct Pool {
  struct List {
    Kept* last = nullptr;
    size_t count = 0;
  };
  List lists[kClasses];
  size_t bytes = 0;
  uint64_t fresh = 0;
};
thread_local constinit Pool pool;

uint64_t makeSecret() {
  uint64_t made = 0;
  // Too early after the machine's start there is none: where this lies in memory is random, too.
  if (::getrandom(&made, sizeof(made), GRND_NONBLOCK) == sizeof(made)) return made;
  return reinterpret_cast<uintptr_t>(&pool);
}
const uint64_t secret = makeSecret();

// The smallest that holds so much.
size_t classFor(size_t size) {
  if (size <= kLeast) return 0;
  if (size <= kSmall) return (size - kLeast + kStep - 1) / kStep;
  const auto doubling = static_cast<size_t>(std::bit_width(size - 1)) - 1;  // 10: up to 2 KiB
  return kSmallClasses + (doubling - 10) * 4 + ((size - 1) >> (doubling - 2) & 3);
}

// The largest that a block of that size can be of.
size_t classOf(size_t usable) {
  return usable <= kSmall ? (usable - kLeast) / kStep : classFor(usable + 1) - 1;
}

size_t sizeOf(size_t size_class) {
  if (size_class < kSmallClasses) return kLeast + size_class * kStep;
  const size_t doubling = 10 + (size_class - kSmallClasses) / 4;
  return (size_t{5} + (size_class - kSmallClasses) % 4) << (doubling - 2);
}

uint64_t mixed(const void* block) {
  return reinterpret_cast<uintptr_t>(block) ^ secret;
}

void* fromLibrary(size_t size) {
  ++pool.fresh;
  return std::malloc(size);
}

}  // namespace

void* takeBlock(size_t size) {
  if (!kKeepsBlocks || size > kLargest) return fromLibrary(size);
  const size_t size_class = classFor(size);
  Pool::List& list = pool.lists[size_class];
  if (list.count == 0) return fromLibrary(sizeOf(size_class));
  Kept* block = list.last;
  CHECK(block->freed == ~mixed(block));
  block->freed = 0;
  list.last = reinterpret_cast<Kept*>(block->next ^ secret);
  --list.count;
  pool.bytes -= sizeOf(size_class);
  return block;
}

void giveBlock(void* bytes) {
  if (bytes == nullptr) return;
  if (!kKeepsBlocks) return std::free(bytes);
  auto* block = static_cast<Kept*>(bytes);
  CHECK(block->freed != ~mixed(block));
  const size_t size_class = classOf(::malloc_usable_size(bytes));
  if (size_class >= kClasses) return std::free(bytes);
  Pool::List& list = pool.lists[size_class];
  const size_t size = sizeOf(size_class);
  if (list.count >= std::max(kKeep / size, kKeepBlocks) || pool.bytes + size > kKeepAll) {
    return std::free(bytes);
  }
  block->next = mixed(list.last);
  block->freed = ~mixed(block);
  list.last = block;
  ++list.count;
  pool.bytes += size;
}

void* resizeBlock(void* bytes, size_t size) {
  if (bytes == nullptr) return takeBlock(size);
  if (size == 0) {
    giveBlock(bytes);
    return nullptr;
  }
  const size_t had = ::malloc_usable_size(bytes);
  if (size <= had) return bytes;
  void* grown = takeBlock(size);
  if (grown == nullptr) return nullptr;
  std::memcpy(grown, bytes, had);
  giveBlock(bytes);
  return grown;
}

size_t keptBlockBytes() {
  return pool.bytes;
}

uint64_t freshBlocks() {
  return pool.fresh;
}

}  // namespace convoy::base
