// Any bytes as the first ones of a connection: a PROXY header is read or refused, never past the
// end; what was read is written and read again as the same.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "common/net/proxy_header.h"
#include "worker/listener/http_preface.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using convoy::net::ProxyHeader;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::string_view protocol;
  convoy::worker::findHttpProtocol(bytes, protocol);
  ProxyHeader header;
  const auto found = header.parse(bytes);
  if (found == ProxyHeader::Found::Broken && header.why.empty()) std::abort();
  if (found != ProxyHeader::Found::Header) return 0;
  if (header.size == 0 || header.size > size) std::abort();
  // One octet less is not yet a header.
  ProxyHeader cut;
  if (cut.parse(bytes.substr(0, header.size - 1)) == ProxyHeader::Found::Header) std::abort();
  if (!header.proxied || !header.source.isIp()) return 0;
  ProxyHeader again;
  const std::string written =
      header.version == 1
          ? convoy::net::encodeProxyV1(header.source, header.destination)
          : convoy::net::encodeProxyV2(header.source, header.destination, header.tlvs);
  if (again.parse(written) != ProxyHeader::Found::Header) std::abort();
  if (!(again.source == header.source) || !(again.destination == header.destination)) std::abort();
  if (again.tlvs.size() != header.tlvs.size()) std::abort();
  return 0;
}
