#include "worker/http/client_cert.h"

#include <string>

namespace convoy::worker {

namespace {

using Forward = config::ClientCertDetails::Forward;
using http::HeaderId;

void addPart(std::string& out, const std::string& name, const std::string& value) {
  out += (out.empty() ? "" : ";") + name + "=" + value;
}

// A subject by RFC 2253 has its quotes escaped already; the others have none.
std::string quoted(const std::string& text) {
  return "\"" + text + "\"";
}

void addNames(std::string& out, const std::string& kind, const std::vector<std::string>& names) {
  for (const std::string& name : names) addPart(out, kind, name);
}

std::string elementOf(const config::ClientCertDetails& config, net::Transport& transport) {
  const net::CertificateText& peer = *transport.peerCertificate();
  std::string out;
  if (const net::CertificateText* local = transport.localCertificate()) {
    for (const std::string& uri : local->uri_sans) addPart(out, "By", uri);
  }
  addPart(out, "Hash", peer.sha256);
  // In Envoy's order, and as there a missing URI is said, a missing DNS name is not.
  if (config.cert) addPart(out, "Cert", quoted(peer.pem_url));
  if (config.chain) addPart(out, "Chain", quoted(peer.chain_url));
  if (config.subject) addPart(out, "Subject", quoted(peer.subject));
  if (config.uri && peer.uri_sans.empty()) addPart(out, "URI", "");
  if (config.uri) addNames(out, "URI", peer.uri_sans);
  if (config.dns) addNames(out, "DNS", peer.dns_sans);
  // A certificate is somebody else's text: what would break the header is left out.
  std::erase_if(out, [](char c) { return static_cast<unsigned char>(c) < 32 || c == 127; });
  return out;
}

}  // namespace

void applyClientCert(const config::ClientCertDetails& config, net::Transport* transport,
                     base::Arena& arena, http::RequestHead& head) {
  if (config.forward == Forward::AlwaysForwardOnly) return;
  const bool known = transport != nullptr && transport->showedCertificate();
  if (known && config.forward == Forward::ForwardOnly) return;
  const bool say = known && config.forward != Forward::Sanitize;
  const std::string_view* old = head.headers.find(HeaderId::XForwardedClientCert);
  if (!say) {
    if (old != nullptr) head.headers.remove(HeaderId::XForwardedClientCert);
    return;
  }
  const std::string element = elementOf(config, *transport);
  const bool append = config.forward == Forward::AppendForward && old != nullptr;
  head.headers.set(HeaderId::XForwardedClientCert,
                   append ? arena.concat(*old, ",", element) : arena.copy(element));
}

}  // namespace convoy::worker
