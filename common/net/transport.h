// Transport: what lies between a Connection and its socket where the bytes on the wire are not the
// ones that the callbacks see (TLS: tls_transport.h). A Connection without one talks to its socket
// itself. Owned by its Connection; knows nothing of events, watermarks and timers.
//
//   Handshaking --handshake() Done--> Open --close_notify of either side--> half closed
//        \------ handshake() Failed: failure() says why ----> (of no more use)
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <sys/uio.h>
#include <vector>

namespace convoy::net {

// A certificate that was shown in a handshake, as text: Envoy's words in access logs and in
// x-forwarded-client-cert.
struct CertificateText {
  std::string subject, issuer;     // RFC 2253
  std::string serial;              // hexadecimal, lower case
  std::string sha256, sha1;        // of the DER, hexadecimal, lower case
  std::string pem_url, chain_url;  // PEM, with % escapes; the latter with the intermediates
  std::vector<std::string> uri_sans, dns_sans, ip_sans, email_sans;
  int64_t not_before_s = 0, not_after_s = 0;  // since 1970
};

class Transport {
 public:
  enum class Handshake : uint8_t { Working, Done, Failed };
  // Why there is no connection: what the counters tell apart.
  // What became of a client's wish for an OCSP response.
  enum class Staple : uint8_t { NotAsked, Sent, Omitted, Failed };
  enum class Failure : uint8_t { None, Protocol, NoCertificate, Untrusted, NotExpected, NotPinned };

  virtual ~Transport() = default;
  // Once, before anything else. The descriptor stays the Connection's.
  virtual void attach(int fd) = 0;
  // The socket may be readable again; `to_the_end`: its end is known to follow.
  virtual void readable(bool to_the_end) = 0;
  // As far as the socket allows.
  virtual Handshake handshake() = 0;
  // As recv() and sendmsg(): EAGAIN, ECONNRESET, EPROTO. What write() took may wait in here:
  // unsent() bytes of the wire, which flush() sends on. False with errno: the socket is broken.
  virtual ssize_t read(char* to, size_t size) = 0;
  virtual ssize_t write(const iovec* runs, size_t count) = 0;
  virtual size_t unsent() const = 0;
  virtual bool flush() = 0;
  // Tells the peer that no more follows; as write(), without ever waiting.
  virtual void endWrite() = 0;
  virtual void dropUnsent() = 0;

  virtual std::string_view alpn() const = 0;        // "" if none was agreed on
  virtual std::string_view serverName() const = 0;  // what the client asked for, or we of a server
  virtual std::string_view version() const = 0;     // "TLSv1.3"
  virtual std::string_view cipher() const = 0;
  virtual std::string_view curve() const = 0;  // "X25519"; "" without
  // With which the peer proved its certificate in this handshake; "" if it did not.
  virtual std::string_view signature() const = 0;
  virtual std::string sessionId() const = 0;  // hexadecimal
  virtual bool resumed() const = 0;
  virtual bool showedCertificate() const = 0;  // the peer
  // In this handshake (a resumed one verifies nothing), against a CA, a name or a pin.
  virtual bool validatedCertificate() const = 0;
  // Null if it showed none. Made at the first call.
  virtual const CertificateText* peerCertificate() = 0;
  virtual const CertificateText* localCertificate() = 0;
  virtual Staple staple() const = 0;
  virtual Failure failureKind() const = 0;
  virtual std::string_view failure() const = 0;  // "TLS_error:|...:TLS_error_end"
};

}  // namespace convoy::net
