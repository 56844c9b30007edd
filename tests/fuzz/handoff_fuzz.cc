// handoff_fuzz: any octets as a handed-over connection, and as what is known of its client.
// Promises: what decodes survives another round; nothing grows; its addresses can be printed.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/ipc/handoff.h"
#include "worker/listener/client_origin.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace convoy::ipc;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto origin = convoy::worker::ClientOrigin::decode(bytes)) {
    const std::string encoded = origin->encode();
    const auto second = convoy::worker::ClientOrigin::decode(encoded);
    if (second == nullptr || second->encode() != encoded) std::abort();
    static_cast<void>(origin->direct.toString());
  }
  Handoff handoff;
  if (!decodeHandoff(bytes, &handoff)) return 0;
  if (handoff.leftover.size() + handoff.state.size() > size) std::abort();
  Handoff again;
  if (!decodeHandoff(encodeHandoff(handoff), &again)) std::abort();
  if (again.leftover != handoff.leftover || again.state != handoff.state) std::abort();
  static_cast<void>(handoff.peer.toString());
  static_cast<void>(handoff.local.toString());
  return 0;
}
