// allocated_bytes: how many bytes of operator new a test program holds, and the most it ever held.
// Replaces the global operators: include it in exactly one source of a program, without
// count_allocations.h.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <malloc.h>
#include <new>

namespace convoy::fakes {

struct AllocatedBytes {
  size_t now = 0;
  size_t most = 0;
};
inline AllocatedBytes& allocatedBytes() {
  static AllocatedBytes bytes;
  return bytes;
}

}  // namespace convoy::fakes

// Not inlined: a compiler that sees malloc and free through them takes the pair for a mismatch.
[[gnu::noinline]] void* operator new(size_t size) {
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) std::abort();
  auto& bytes = convoy::fakes::allocatedBytes();
  bytes.now += malloc_usable_size(memory);
  bytes.most = std::max(bytes.most, bytes.now);
  return memory;
}
[[gnu::noinline]] void* operator new[](size_t size) {
  return operator new(size);
}
// std::stable_sort asks this way. A sanitizer has its own, which would not go with the delete
// below.
[[gnu::noinline]] void* operator new(size_t size, const std::nothrow_t&) noexcept {
  return operator new(size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  if (memory != nullptr) convoy::fakes::allocatedBytes().now -= malloc_usable_size(memory);
  std::free(memory);
}
[[gnu::noinline]] void operator delete[](void* memory) noexcept {
  operator delete(memory);
}
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept {
  operator delete(memory);
}
[[gnu::noinline]] void operator delete[](void* memory, size_t) noexcept {
  operator delete(memory);
}
