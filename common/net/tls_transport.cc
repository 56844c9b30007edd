#include "common/net/tls_transport.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <openssl/err.h>
#include <sys/socket.h>

#include "common/net/tls_hooks.h"
#include "common/net/tls_names.h"

namespace convoy::net {

namespace {

constexpr size_t kRecord = SSL3_RT_MAX_PLAIN_LENGTH;
// So much is sealed before it is sent: fewer system calls, and a peer that takes nothing cannot
// make us keep more than that.
constexpr size_t kBatch = 8 * kRecord;

// The next bytes of `runs`, at most a record, in one piece: where they lie, or copied together.
class Runs {
 public:
  Runs(const iovec* runs, size_t count) : at_(runs), end_(runs + count) { skipEmpty(); }
  bool empty() const { return at_ == end_; }
  std::string_view next() {
    const size_t here = at_->iov_len - offset_;
    if (here >= kRecord || at_ + 1 == end_) {
      return {static_cast<const char*>(at_->iov_base) + offset_, std::min(here, kRecord)};
    }
    static char gathered[kRecord];
    size_t size = 0, offset = offset_;
    for (const iovec* run = at_; run != end_ && size < kRecord; ++run, offset = 0) {
      const size_t part = std::min(run->iov_len - offset, kRecord - size);
      std::memcpy(gathered + size, static_cast<const char*>(run->iov_base) + offset, part);
      size += part;
    }
    return {gathered, size};
  }
  void took(size_t size) {
    while (size != 0) {
      const size_t part = std::min(size, at_->iov_len - offset_);
      offset_ += part;
      size -= part;
      skipEmpty();
    }
  }

 private:
  void skipEmpty() {
    while (at_ != end_ && offset_ == at_->iov_len) {
      ++at_;
      offset_ = 0;
    }
  }
  const iovec* at_;
  const iovec* end_;
  size_t offset_ = 0;
};

std::string errorText(unsigned long error) {
  const char* library = ERR_lib_error_string(error);
  const char* reason = ERR_reason_error_string(error);
  return "|" + std::to_string(error) + ":" + (library == nullptr ? "" : library) +
         "::" + (reason == nullptr ? "" : reason);
}

}  // namespace

TlsTransport::TlsTransport(std::shared_ptr<const TlsContext> context, std::string_view sni,
                           std::string_view san, std::shared_ptr<TlsSessions> sessions)
    : context_(std::move(context)),
      ssl_(SSL_new(context_->ssl_ctx_)),
      san_(san),
      sessions_(std::move(sessions)) {
  if (ssl_ == nullptr) {
    broken_ = true;
    return;
  }
  SSL* ssl = ssl_.get();
  SSL_set_app_data(ssl, this);
  BIO* bio = TlsHooks::newBio(*this);
  SSL_set_bio(ssl, bio, bio);
  if (context_->server_) {
    SSL_set_accept_state(ssl);
    return;
  }
  SSL_set_connect_state(ssl);
  if (!sni.empty() && SSL_set_tlsext_host_name(ssl, std::string(sni).c_str()) != 1) {
    ERR_clear_error();
    broken_ = true;
    failure_kind_ = Failure::Protocol;
    failure_ = "TLS_error:|0:a server's name has at most 255 octets:TLS_error_end";
    return;
  }
  if (sessions_ != nullptr && sessions_->last() != nullptr) {
    SSL_set_session(ssl, sessions_->last());
  }
}

TlsTransport::~TlsTransport() {
  // Without it a session that ended in a cut would be taken for one that must not be resumed.
  if (ssl_ != nullptr) SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

void TlsTransport::readable(bool to_the_end) {
  drained_ = false;
  to_the_end_ = to_the_end_ || to_the_end;
}

// What BIO_read calls. A short read says that the next one would find nothing.
ssize_t TlsTransport::receive(char* to, size_t size) {
  if (drained_) {
    errno = EAGAIN;
    return -1;
  }
  ssize_t n;
  do {
    n = ::recv(fd_, to, size, 0);
  } while (n < 0 && errno == EINTR);
  if (n == 0) eof_ = true;
  if (n < 0 && errno == EAGAIN) drained_ = true;
  if (n < 0 && errno != EAGAIN) io_error_ = errno;
  if (n > 0 && static_cast<size_t>(n) < size && !to_the_end_) drained_ = true;
  return n;
}

bool TlsTransport::flush() {
  while (!sealed_.empty()) {
    iovec iov[16];
    const int count = sealed_.peek(iov, 16);
    msghdr message{};
    message.msg_iov = iov;
    message.msg_iovlen = static_cast<size_t>(count);
    const ssize_t n = ::sendmsg(fd_, &message, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno == EAGAIN;
    sealed_.drain(static_cast<size_t>(n));
  }
  return true;
}

Transport::Handshake TlsTransport::handshake() {
  if (broken_) return Handshake::Failed;
  ERR_clear_error();
  const bool all_sent = sealed_.empty();
  const int result = SSL_do_handshake(ssl_.get());
  const int error = result == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl_.get(), result);
  // What a server of TLS 1.3 has to say at its end are tickets, for which nobody waits: with the
  // first answer they cost no system call and no packet (Envoy's library does the same).
  if (result == 1 && all_sent && context_->server_ && SSL_version(ssl_.get()) == TLS1_3_VERSION) {
    held_ = sealed_.toString();
    sealed_.clear();
    return Handshake::Done;
  }
  // Also the alert that tells the peer why not.
  const bool sent = flush();
  if (result == 1) return Handshake::Done;
  if (!sent && io_error_ == 0) io_error_ = errno;
  if (sent && (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)) {
    return Handshake::Working;
  }
  fail(error);
  return Handshake::Failed;
}

void TlsTransport::fail(int ssl_error) {
  broken_ = true;
  if (failure_kind_ == Failure::None) failure_kind_ = Failure::Protocol;
  std::string text;
  while (const unsigned long error = ERR_get_error()) {
    if (ERR_GET_LIB(error) == ERR_LIB_SSL &&
        ERR_GET_REASON(error) == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE) {
      failure_kind_ = Failure::NoCertificate;
    }
    text += errorText(error);
  }
  if (!verify_failure_.empty()) text += ":" + verify_failure_;
  if (text.empty() && io_error_ != 0) text = std::string("|0:") + std::strerror(io_error_);
  if (text.empty()) text = "|0:the peer closed the connection (" + std::to_string(ssl_error) + ")";
  failure_ = "TLS_error:" + text + ":TLS_error_end";
}

ssize_t TlsTransport::read(char* to, size_t size) {
  size_t total = 0;
  while (total < size) {
    size_t n = 0;
    ERR_clear_error();
    if (!broken_ && SSL_read_ex(ssl_.get(), to + total, size - total, &n) == 1) {
      total += n;
      continue;
    }
    if (total != 0) break;  // what it is will be found again
    const int error = broken_ ? SSL_ERROR_SSL : SSL_get_error(ssl_.get(), 0);
    if (error == SSL_ERROR_ZERO_RETURN) return 0;
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
      if (!flush()) return -1;
      errno = EAGAIN;
      return -1;
    }
    if (!broken_) fail(error);
    flush();
    // An end without close_notify is a cut: who knows what is missing.
    errno = io_error_ != 0 ? io_error_ : eof_ ? ECONNRESET : EPROTO;
    return -1;
  }
  if (!sealed_.empty() && !flush()) broken_ = true;
  return static_cast<ssize_t>(total);
}

ssize_t TlsTransport::write(const iovec* runs, size_t count) {
  if (!flush()) return -1;
  if (!sealed_.empty()) {
    errno = EAGAIN;
    return -1;
  }
  size_t taken = 0;
  for (Runs left(runs, count); !left.empty();) {
    const std::string_view record = left.next();
    size_t n = 0;
    ERR_clear_error();
    if (broken_ || SSL_write_ex(ssl_.get(), record.data(), record.size(), &n) != 1) {
      errno = ECONNRESET;
      return -1;
    }
    left.took(n);
    taken += n;
    if (sealed_.size() < kBatch) continue;
    if (!flush()) return -1;
    if (!sealed_.empty()) return static_cast<ssize_t>(taken);
  }
  if (!flush()) return -1;
  return static_cast<ssize_t>(taken);
}

void TlsTransport::endWrite() {
  if (ended_ || broken_ || !SSL_is_init_finished(ssl_.get())) return;
  ended_ = true;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  flush();
}

// --- what the handshake said ---

std::string_view TlsTransport::alpn() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

std::string_view TlsTransport::serverName() const {
  const char* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
  return name == nullptr ? std::string_view() : name;
}

std::string_view TlsTransport::curve() const {
  return curveName(ssl_.get());
}

std::string_view TlsTransport::signature() const {
  return signatureName(ssl_.get());
}

std::string TlsTransport::sessionId() const {
  const SSL_SESSION* session = SSL_get_session(ssl_.get());
  if (session == nullptr) return "";
  unsigned size = 0;
  const unsigned char* id = SSL_SESSION_get_id(session, &size);
  return hexOf(id, size);
}

const CertificateText* TlsTransport::peerCertificate() {
  if (peer_ == nullptr) {
    X509* certificate = SSL_get0_peer_certificate(ssl_.get());
    if (certificate == nullptr) return nullptr;
    peer_ = std::make_unique<const CertificateText>(
        textOf(certificate, SSL_get_peer_cert_chain(ssl_.get())));
  }
  return peer_.get();
}

const CertificateText* TlsTransport::localCertificate() {
  if (local_ == nullptr) {
    X509* certificate = SSL_get_certificate(ssl_.get());
    if (certificate == nullptr) return nullptr;
    local_ = std::make_unique<const CertificateText>(textOf(certificate, nullptr));
  }
  return local_.get();
}

}  // namespace convoy::net
