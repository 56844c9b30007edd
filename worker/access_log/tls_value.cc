#include "worker/access_log/tls_value.h"

#include <algorithm>
#include <cstring>

#include "worker/listener/client_origin.h"

namespace convoy::worker {

namespace {

using config::FormatOp;
using Kind = Value::Kind;

Value textValue(std::string_view text, Kind kind = Kind::Own) {
  return text.empty() ? Value{} : Value{kind, text};
}

Value joined(const std::vector<std::string>& names, Scratch& scratch) {
  size_t size = 0;
  for (const std::string& name : names) {
    if (size + name.size() + 1 > sizeof(scratch.bytes)) break;
    if (size != 0) scratch.bytes[size++] = ',';
    std::memcpy(scratch.bytes + size, name.data(), name.size());
    size += name.size();
  }
  return textValue({scratch.bytes, size}, Kind::Peer);
}

Value sessionValue(const net::Transport& transport, Scratch& scratch) {
  const std::string id = transport.sessionId();
  const size_t size = std::min(id.size(), sizeof(scratch.bytes));
  std::memcpy(scratch.bytes, id.data(), size);
  return textValue({scratch.bytes, size});
}

// Unset for what is not of the client's certificate.
Value peerValue(FormatOp op, const net::CertificateText& peer, Scratch& scratch) {
  switch (op) {
    case FormatOp::DownstreamPeerSubject:
      return textValue(peer.subject, Kind::Peer);
    case FormatOp::DownstreamPeerIssuer:
      return textValue(peer.issuer, Kind::Peer);
    case FormatOp::DownstreamPeerSerial:
      return textValue(peer.serial);
    case FormatOp::DownstreamPeerFingerprint256:
      return textValue(peer.sha256);
    case FormatOp::DownstreamPeerFingerprint1:
      return textValue(peer.sha1);
    case FormatOp::DownstreamPeerCert:
      return textValue(peer.pem_url);
    case FormatOp::DownstreamPeerUriSan:
      return joined(peer.uri_sans, scratch);
    case FormatOp::DownstreamPeerDnsSan:
      return joined(peer.dns_sans, scratch);
    case FormatOp::DownstreamPeerIpSan:
      return joined(peer.ip_sans, scratch);
    case FormatOp::DownstreamPeerEmailSan:
      return joined(peer.email_sans, scratch);
    default:
      return {};
  }
}

Value localValue(FormatOp op, const net::CertificateText& local, Scratch& scratch) {
  switch (op) {
    case FormatOp::DownstreamLocalSubject:
      return textValue(local.subject);
    case FormatOp::DownstreamLocalUriSan:
      return joined(local.uri_sans, scratch);
    case FormatOp::DownstreamLocalDnsSan:
      return joined(local.dns_sans, scratch);
    default:
      return {};
  }
}

}  // namespace

Value tlsValue(FormatOp op, const Record& record, Scratch& scratch) {
  net::Transport* transport = record.downstream_transport;
  const ClientOrigin* origin = record.origin;
  if (op == FormatOp::TlsJa3Fingerprint)
    return textValue(origin == nullptr ? std::string_view() : origin->ja3);
  if (transport == nullptr) {
    // TLS that passes through: what the inspector saw.
    const bool named = op == FormatOp::RequestedServerName && origin != nullptr;
    return named ? textValue(origin->server_name, Kind::Peer) : Value{};
  }
  switch (op) {
    case FormatOp::RequestedServerName:
      return textValue(transport->serverName(), Kind::Peer);
    case FormatOp::DownstreamTlsVersion:
      return textValue(transport->version());
    case FormatOp::DownstreamTlsCipher:
      return textValue(transport->cipher());
    case FormatOp::DownstreamTlsSessionId:
      return sessionValue(*transport, scratch);
    case FormatOp::DownstreamLocalSubject:
    case FormatOp::DownstreamLocalUriSan:
    case FormatOp::DownstreamLocalDnsSan: {
      const net::CertificateText* local = transport->localCertificate();
      return local == nullptr ? Value{} : localValue(op, *local, scratch);
    }
    default:
      break;
  }
  const bool of_peer =
      op >= FormatOp::DownstreamPeerSubject && op <= FormatOp::DownstreamPeerEmailSan;
  const net::CertificateText* peer = of_peer ? transport->peerCertificate() : nullptr;
  return peer == nullptr ? Value{} : peerValue(op, *peer, scratch);
}

int64_t certificateTimeUs(FormatOp op, const Record& record) {
  net::Transport* transport = record.downstream_transport;
  const net::CertificateText* peer = transport == nullptr ? nullptr : transport->peerCertificate();
  if (peer == nullptr) return 0;
  const int64_t seconds =
      op == FormatOp::DownstreamPeerCertVStart ? peer->not_before_s : peer->not_after_s;
  return seconds * 1000000;
}

}  // namespace convoy::worker
