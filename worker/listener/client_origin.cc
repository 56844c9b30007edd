#include "worker/listener/client_origin.h"

#include "common/ipc/handoff.h"
#include "common/ipc/wire.h"

namespace convoy::worker {

std::string ClientOrigin::encode() const {
  ipc::WireWriter out;
  ipc::putAddress(out, direct);
  out.u32(static_cast<uint32_t>(tlvs.size()));
  for (const net::ProxyTlv& tlv : tlvs) {
    out.u8(tlv.type);
    out.text(tlv.value);
  }
  out.text(server_name);
  out.text(ja3);
  return out.take();
}

ClientOriginPtr ClientOrigin::decode(std::string_view bytes) {
  ipc::WireReader in(bytes);
  auto origin = std::make_shared<ClientOrigin>();
  origin->direct = ipc::getAddress(in);
  for (uint32_t left = in.u32(); left > 0 && in.ok(); --left) {
    net::ProxyTlv tlv;
    tlv.type = in.u8();
    tlv.value = in.text();
    origin->tlvs.push_back(std::move(tlv));
  }
  origin->server_name = in.text();
  origin->ja3 = in.text();
  return in.done() ? origin : nullptr;
}

}  // namespace convoy::worker
