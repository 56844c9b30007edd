// tls_transport: one TLS connection on a socket: OpenSSL with a BIO of ours, which reads what the
// socket has in one system call and collects the records of one write for one more. What the
// kernel does not take of them waits here. Made by TlsContext; owned by its Connection.
#pragma once

#include <memory>
#include <openssl/ssl.h>
#include <string>

#include "common/base/buffer.h"
#include "common/net/tls_certificate.h"
#include "common/net/tls_context.h"
#include "common/net/transport.h"

namespace convoy::net {

class TlsTransport final : public Transport {
 public:
  TlsTransport(std::shared_ptr<const TlsContext> context, std::string_view sni,
               std::string_view san, std::shared_ptr<TlsSessions> sessions);
  ~TlsTransport() override;

  void attach(int fd) override { fd_ = fd; }
  void readable(bool to_the_end) override;
  Handshake handshake() override;
  ssize_t read(char* to, size_t size) override;
  ssize_t write(const iovec* runs, size_t count) override;
  size_t unsent() const override { return sealed_.size(); }
  bool flush() override;
  void endWrite() override;
  void dropUnsent() override { sealed_.clear(); }

  std::string_view alpn() const override;
  std::string_view serverName() const override;
  std::string_view version() const override { return SSL_get_version(ssl_.get()); }
  std::string_view cipher() const override { return SSL_get_cipher_name(ssl_.get()); }
  std::string_view curve() const override;
  std::string_view signature() const override;
  std::string sessionId() const override;
  bool resumed() const override { return SSL_session_reused(ssl_.get()) == 1; }
  bool showedCertificate() const override {
    return SSL_get0_peer_certificate(ssl_.get()) != nullptr;
  }
  bool validatedCertificate() const override { return validated_; }
  const CertificateText* peerCertificate() override;
  const CertificateText* localCertificate() override;
  Staple staple() const override { return staple_; }
  Failure failureKind() const override { return failure_kind_; }
  std::string_view failure() const override { return failure_; }

 private:
  friend struct TlsHooks;
  ssize_t receive(char* to, size_t size);
  void fail(int ssl_error);

  std::shared_ptr<const TlsContext> context_;
  std::unique_ptr<SSL, TlsFree<SSL_free>> ssl_;
  int fd_ = -1;
  bool drained_ = false;     // the socket had less than was asked for
  bool to_the_end_ = false;  // until its end it is asked again
  bool eof_ = false;
  bool ended_ = false;  // close_notify was written
  bool broken_ = false;
  bool validated_ = false;
  int io_error_ = 0;
  Failure failure_kind_ = Failure::None;
  Staple staple_ = Staple::NotAsked;
  base::Buffer sealed_;
  std::string held_;  // session tickets: they go with the first answer, before whatever follows
  std::string san_;
  std::string failure_;
  std::string verify_failure_;
  std::shared_ptr<TlsSessions> sessions_;
  std::unique_ptr<const CertificateText> peer_, local_;
};

}  // namespace convoy::net
