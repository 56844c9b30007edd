// count_allocations: counts every operator new of a test program, to prove that a hot path makes
// none. Replaces the global operators: include it in exactly one source of a program, and
// allocation_count.h in the others.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

#include "tests/fakes/allocation_count.h"

// Not inlined: a compiler that sees malloc and free through them takes the pair for a mismatch.
[[gnu::noinline]] void* operator new(size_t bytes) {
  ++convoy::fakes::allocationCount();
  void* memory = std::malloc(bytes == 0 ? 1 : bytes);
  if (memory == nullptr) std::abort();
  return memory;
}
[[gnu::noinline]] void* operator new[](size_t bytes) {
  return operator new(bytes);
}
// std::stable_sort asks this way. A sanitizer has its own, which would not go with the delete
// below.
[[gnu::noinline]] void* operator new(size_t bytes, const std::nothrow_t&) noexcept {
  return operator new(bytes);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete[](void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete[](void* memory, size_t) noexcept {
  std::free(memory);
}
