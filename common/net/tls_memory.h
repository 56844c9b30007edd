// tls_memory: OpenSSL's memory in a worker comes from block_lists. Any process may; workers do.
#pragma once

namespace convoy::net {

// Once, before anything else of OpenSSL is used. False: it stays with malloc(), which does no harm.
[[nodiscard]] bool useTlsMemory();

}  // namespace convoy::net
