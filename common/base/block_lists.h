// block_lists: memory for what is taken and given back in bursts by libraries that ask malloc() for
// each piece: OpenSSL (some 770 blocks a handshake, among them ones of 16 and 64 KiB, which the C
// library merges and splits each time) and nghttp2 (about ten pieces a request; the C library's own
// lists hold seven of a size). Each size has a list of blocks that were given back, so that most
// requests are two loads and a store. Of each size 256 KiB are kept at most, and 4 MiB of all; the
// rest goes back to the C library. Blocks are the C library's, without a word more.
//
// A block that is freed twice ends the process: what the C library finds out for its own blocks
// must not be lost by this. Each thread has lists of its own. Under a sanitizer nothing is kept, so
// that it sees each block. Any process; the workers use it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace convoy::base {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kKeepsBlocks = false;
#elif defined(__has_feature)
constexpr bool kKeepsBlocks = !__has_feature(address_sanitizer);
#else
constexpr bool kKeepsBlocks = true;
#endif

// As malloc(), realloc() and free(); null: no memory.
void* takeBlock(size_t size);
void* resizeBlock(void* block, size_t size);
void giveBlock(void* block);

// Of this thread: octets kept for later, and how many blocks the C library gave.
size_t keptBlockBytes();
uint64_t freshBlocks();

}  // namespace convoy::base
