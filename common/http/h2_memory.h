// h2_memory: the memory of HTTP/2's streams: nghttp2's (a stream, its frames and copies of its
// fields: about ten pieces a request) and our own. Pieces that come back wait in lists, one for
// each size, for the next request: malloc() was a tenth of a gRPC call's CPU, since its own lists
// hold seven pieces of a size and a burst of streams frees more. What waits is bounded; under a
// sanitizer nothing waits, so that it sees each piece. One per process; worker loop.
#pragma once

#include <cstddef>
#include <cstdint>

namespace convoy::http::h2_memory {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kKeeps = false;
#elif defined(__has_feature)
constexpr bool kKeeps = !__has_feature(address_sanitizer);
#else
constexpr bool kKeeps = true;
#endif

// As malloc(), free() and realloc(), but pieces of one kind know nothing of the other.
void* take(size_t size);
void giveBack(void* piece);
void* resize(void* piece, size_t size);

// What waits, in octets, and how many pieces malloc() gave.
size_t idle();
uint64_t fresh();

}  // namespace convoy::http::h2_memory
