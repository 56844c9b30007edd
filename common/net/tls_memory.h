// tls_memory: where OpenSSL's memory comes from in a worker. A handshake asks for some 770 blocks
// and gives nearly all of them back, among them ones of 16 and 64 KiB, which the C library merges
// and splits each time. Here each size has a list of blocks that were given back, so that most
// requests are two loads and a store. Of each size 128 KiB are kept at most, the rest goes back to
// the C library. Blocks are the C library's, without a word more.
//
// A block that is freed twice ends the process: what the C library finds out for its own blocks
// must not be lost by this. Each thread has lists of its own. Nothing of this is used where a
// sanitizer watches memory.
#pragma once

#include <cstddef>

namespace convoy::net {

// Once, before anything else of OpenSSL is used. False: it stays with malloc(), which does no harm.
[[nodiscard]] bool useTlsMemory();

// For tests: what OpenSSL calls.
void* tlsAllocate(size_t size);
void* tlsReallocate(void* block, size_t size);
void tlsFree(void* block);
// Bytes that this thread keeps for later.
size_t tlsMemoryKept();

}  // namespace convoy::net
