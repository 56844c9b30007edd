// Any bytes as the first ones of a connection: nothing is read or named outside of them.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "worker/listener/client_hello.h"
#include "worker/listener/ja3.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using convoy::worker::ClientHello;
  std::string bytes(reinterpret_cast<const char*>(data), size);
  ClientHello hello;
  hello.parse(bytes.data(), bytes.size());
  const auto check = [&](std::string_view run) {
    if (run.empty()) return;
    const bool inside =
        run.data() >= bytes.data() && run.data() + run.size() <= bytes.data() + bytes.size();
    if (!inside) std::abort();
  };
  check(hello.server_name);
  for (size_t i = 0; i < hello.protocol_count; ++i) check(hello.protocols[i]);
  static_cast<void>(convoy::worker::ja3Text(hello));
  return 0;
}
