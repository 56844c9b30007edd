#include "common/net/tls_memory.h"

#include <openssl/crypto.h>

#include "common/base/block_lists.h"

namespace convoy::net {

bool useTlsMemory() {
  if (!base::kKeepsBlocks) return false;
  return CRYPTO_set_mem_functions([](size_t size, const char*,
                                     int) { return size == 0 ? nullptr : base::takeBlock(size); },
                                  [](void* bytes, size_t size, const char*, int) {
                                    return base::resizeBlock(bytes, size);
                                  },
                                  [](void* bytes, const char*, int) { base::giveBlock(bytes); }) ==
         1;
}

}  // namespace convoy::net
