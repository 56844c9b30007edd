#include "common/net/tls_hooks.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <utility>

#include "common/base/text.h"
#include "common/net/tls_transport.h"
#include "common/net/tls_trust.h"

namespace convoy::net {

namespace {

TlsTransport* transportOf(const SSL* ssl) {
  return static_cast<TlsTransport*>(SSL_get_app_data(ssl));
}

SSL* sslOf(X509_STORE_CTX* store) {
  return static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
}

BIO_METHOD* newMethod(int (*read)(BIO*, char*, int), int (*write)(BIO*, const char*, int),
                      long (*control)(BIO*, int, long, void*)) {
  BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "connection");
  BIO_meth_set_read(method, read);
  BIO_meth_set_write(method, write);
  BIO_meth_set_ctrl(method, control);
  return method;
}

// EVP_aes_256_cbc() would be looked up by its name at each use.
const EVP_CIPHER* ticketCipher() {
  static const EVP_CIPHER* const found = EVP_CIPHER_fetch(nullptr, "AES-256-CBC", nullptr);
  return found;
}

bool startMac(EVP_MAC_CTX* mac, const TlsTickets::Key& key) {
  char digest[] = "sha256";
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_octet_string(
          OSSL_MAC_PARAM_KEY, const_cast<unsigned char*>(key.hmac.data()), key.hmac.size()),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end(),
  };
  return EVP_MAC_CTX_set_params(mac, params) == 1;
}

bool use(SSL* ssl, const TlsChain& chain) {
  STACK_OF(X509)* links = sk_X509_new_null();
  for (const X509Ptr& link : chain.intermediates) sk_X509_push(links, link.get());
  const int used = SSL_use_cert_and_key(ssl, chain.leaf.get(), chain.key.get(), links, 1);
  sk_X509_free(links);
  return used == 1;
}

}  // namespace

// --- bytes ---

BIO* TlsHooks::newBio(TlsTransport& transport) {
  static BIO_METHOD* const method = newMethod(bioRead, bioWrite, bioControl);
  BIO* bio = BIO_new(method);
  BIO_set_data(bio, &transport);
  BIO_set_init(bio, 1);
  return bio;
}

int TlsHooks::bioRead(BIO* bio, char* to, int size) {
  BIO_clear_retry_flags(bio);
  auto& transport = *static_cast<TlsTransport*>(BIO_get_data(bio));
  const ssize_t n = transport.receive(to, static_cast<size_t>(size));
  if (n < 0 && errno == EAGAIN) BIO_set_retry_read(bio);
  return static_cast<int>(n);
}

int TlsHooks::bioWrite(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  auto& transport = *static_cast<TlsTransport*>(BIO_get_data(bio));
  if (!transport.held_.empty()) transport.sealed_.append(std::exchange(transport.held_, {}));
  transport.sealed_.append({bytes, static_cast<size_t>(size)});
  return size;
}

long TlsHooks::bioControl(BIO* bio, int command, long, void*) {
  const auto& transport = *static_cast<TlsTransport*>(BIO_get_data(bio));
  if (command == BIO_CTRL_FLUSH) return 1;
  return command == BIO_CTRL_EOF && transport.eof_ ? 1 : 0;
}

void TlsHooks::install(SSL_CTX* ssl_ctx, const TlsContext& context) {
  // SSL_CTX hands it back as it is; none of these changes it.
  auto* self = const_cast<TlsContext*>(&context);
  SSL_CTX_set_cert_verify_callback(ssl_ctx, verify, self);
  const config::TlsValidation& validation = context.validation_;
  if (!context.server_) {
    SSL_CTX_set_verify(ssl_ctx, SSL_VERIFY_PEER, whileVerifying);
    SSL_CTX_set_session_cache_mode(ssl_ctx,
                                   SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
    SSL_CTX_sess_set_new_cb(ssl_ctx, newSession);
    return;
  }
  if (validation.asksForCertificate() || context.require_certificate_) {
    const bool required = context.require_certificate_ || requiresCertificate(validation);
    const int must = required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
    SSL_CTX_set_verify(ssl_ctx, SSL_VERIFY_PEER | must, whileVerifying);
  }
  SSL_CTX_set_session_cache_mode(ssl_ctx, SSL_SESS_CACHE_OFF);
  if (context.chains_.size() > 1) SSL_CTX_set_cert_cb(ssl_ctx, chooseCertificate, self);
  if (!context.alpn_.empty()) SSL_CTX_set_alpn_select_cb(ssl_ctx, chooseAlpn, self);
  if (context.tickets_ != nullptr) SSL_CTX_set_tlsext_ticket_key_evp_cb(ssl_ctx, ticketKey);
  SSL_CTX_set_tlsext_status_cb(ssl_ctx, staple);
  SSL_CTX_set_tlsext_status_arg(ssl_ctx, self);
  SSL_CTX_set_tlsext_servername_callback(ssl_ctx, keepName);
  if (context.require_sni_) SSL_CTX_set_client_hello_cb(ssl_ctx, requireName, self);
}

// --- trust ---

int TlsHooks::whileVerifying(int ok, X509_STORE_CTX* store) {
  if (ok == 1) return 1;
  const SSL* ssl = sslOf(store);
  const TlsTransport* transport = ssl == nullptr ? nullptr : transportOf(ssl);
  if (transport == nullptr || !transport->context_->validation_.allow_expired) return 0;
  const int error = X509_STORE_CTX_get_error(store);
  const bool date = error == X509_V_ERR_CERT_HAS_EXPIRED || error == X509_V_ERR_CERT_NOT_YET_VALID;
  if (date) X509_STORE_CTX_set_error(store, X509_V_OK);
  return date ? 1 : 0;
}

int TlsHooks::verify(X509_STORE_CTX* store, void*) {
  TlsTransport& transport = *transportOf(sslOf(store));
  return judge(transport, store) ? 1 : 0;
}

bool TlsHooks::judge(TlsTransport& transport, X509_STORE_CTX* store) {
  const config::TlsValidation& validation = transport.context_->validation_;
  const auto refuse = [&](Transport::Failure kind, int error, std::string why) {
    if (validation.accept_untrusted) {
      X509_STORE_CTX_set_error(store, X509_V_OK);
      return true;
    }
    transport.failure_kind_ = kind;
    transport.verify_failure_ = "verify cert failed: " + std::move(why);
    X509_STORE_CTX_set_error(store, error);
    return false;
  };
  using Failure = Transport::Failure;
  if (!validation.trusted_ca_pem.empty() && X509_verify_cert(store) != 1) {
    const int error = X509_STORE_CTX_get_error(store);
    return refuse(Failure::Untrusted, error,
                  "X509_verify_cert: certificate verification error at depth " +
                      std::to_string(X509_STORE_CTX_get_error_depth(store)) + ": " +
                      X509_verify_cert_error_string(error));
  }
  X509* leaf = X509_STORE_CTX_get0_cert(store);
  if (!validation.sans.empty() && !matchesSan(leaf, validation.sans)) {
    return refuse(Failure::NotExpected, X509_V_ERR_APPLICATION_VERIFICATION,
                  "verify SAN list: no name of the certificate is among those expected");
  }
  if (!transport.san_.empty()) {
    config::SanMatcher wanted;
    const std::string san = base::lowered(transport.san_);
    wanted.text = *base::StringMatcher::make(base::StringMatcher::Kind::Exact, san);
    if (!matchesSan(leaf, {wanted})) {
      return refuse(Failure::NotExpected, X509_V_ERR_HOSTNAME_MISMATCH,
                    "verify SAN list: the certificate is not for " + san);
    }
  }
  if (!matchesPin(leaf, validation)) {
    return refuse(Failure::NotPinned, X509_V_ERR_APPLICATION_VERIFICATION,
                  "verify hash: the certificate is not one of those that are pinned");
  }
  transport.validated_ = validation.asksForCertificate() || !validation.sans.empty();
  X509_STORE_CTX_set_error(store, X509_V_OK);
  return true;
}

// --- the server's choices ---

int TlsHooks::chooseCertificate(SSL* ssl, void* context) {
  const char* asked = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (asked == nullptr) return 1;
  const auto* chains = static_cast<const TlsContext*>(context)->chainsFor(base::lowered(asked));
  if (chains == nullptr) return 1;
  SSL_certs_clear(ssl);
  return std::all_of(chains->begin(), chains->end(),
                     [ssl](const TlsChain* chain) { return use(ssl, *chain); })
             ? 1
             : 0;
}

// Only a name that somebody took is part of the session, where TLS 1.2 looks for it when it
// resumes.
int TlsHooks::keepName(SSL*, int*, void*) {
  return SSL_TLSEXT_ERR_OK;
}

int TlsHooks::chooseAlpn(SSL*, const unsigned char** out, unsigned char* out_size,
                         const unsigned char* offered, unsigned offered_size, void* context) {
  for (const std::string& ours : static_cast<const TlsContext*>(context)->alpn_) {
    for (unsigned at = 0; at < offered_size; at += 1U + offered[at]) {
      const std::string_view theirs(reinterpret_cast<const char*>(offered) + at + 1, offered[at]);
      if (theirs != ours) continue;
      *out = offered + at + 1;
      *out_size = offered[at];
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

int TlsHooks::ticketKey(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                        EVP_MAC_CTX* mac, int encrypt) {
  const auto& keys = transportOf(ssl)->context_->tickets_->keys();
  if (keys.empty()) return 0;
  if (encrypt == 1) {
    const TlsTickets::Key& key = keys.front();
    std::memcpy(name, key.name.data(), key.name.size());
    const bool ok = RAND_bytes(iv, 16) == 1 && startMac(mac, key) &&
                    EVP_EncryptInit_ex(cipher, ticketCipher(), nullptr, key.aes.data(), iv) == 1;
    return ok ? 1 : -1;
  }
  const auto known = std::find_if(keys.begin(), keys.end(), [name](const TlsTickets::Key& key) {
    return std::memcmp(key.name.data(), name, key.name.size()) == 0;
  });
  if (known == keys.end()) return 0;
  const bool ok = startMac(mac, *known) &&
                  EVP_DecryptInit_ex(cipher, ticketCipher(), nullptr, known->aes.data(), iv) == 1;
  if (!ok) return -1;
  // 2: the client gets a new one. Those of TLS 1.3 are for one use (RFC 8446 appendix C.4).
  return known == keys.begin() && SSL_version(ssl) != TLS1_3_VERSION ? 1 : 2;
}

// Envoy's rules of ocsp_staple_policy. Called only if the client has asked for a response.
int TlsHooks::staple(SSL* ssl, void* context) {
  using Policy = config::DownstreamTls::Stapling;
  using Staple = Transport::Staple;
  const auto& self = *static_cast<const TlsContext*>(context);
  const X509* shown = SSL_get_certificate(ssl);
  const auto chain = std::find_if(self.chains_.begin(), self.chains_.end(), [&](const auto& one) {
    return shown != nullptr && X509_cmp(one->leaf.get(), shown) == 0;
  });
  if (chain == self.chains_.end()) return SSL_TLSEXT_ERR_NOACK;
  const OcspStaple& response = (*chain)->staple;
  const Policy policy = (*chain)->must_staple ? Policy::Must : self.stapling_;
  Staple& outcome = transportOf(ssl)->staple_;
  if (response.valid(::time(nullptr))) {
    auto* copy =
        static_cast<unsigned char*>(OPENSSL_memdup(response.der.data(), response.der.size()));
    SSL_set_tlsext_status_ocsp_resp(ssl, copy, static_cast<long>(response.der.size()));
    outcome = Staple::Sent;
    return SSL_TLSEXT_ERR_OK;
  }
  const bool fail = policy == Policy::Must || (policy == Policy::Strict && !response.der.empty());
  outcome = fail ? Staple::Failed : Staple::Omitted;
  return fail ? SSL_TLSEXT_ERR_ALERT_FATAL : SSL_TLSEXT_ERR_NOACK;
}

int TlsHooks::requireName(SSL* ssl, int* alert, void*) {
  const unsigned char* bytes = nullptr;
  size_t size = 0;
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &bytes, &size) == 1 && size > 5) {
    return SSL_CLIENT_HELLO_SUCCESS;
  }
  *alert = SSL_AD_UNRECOGNIZED_NAME;
  return SSL_CLIENT_HELLO_ERROR;
}

int TlsHooks::newSession(SSL* ssl, SSL_SESSION* session) {
  TlsTransport* transport = transportOf(ssl);
  if (transport->sessions_ == nullptr) return 0;
  transport->sessions_->keep(session);
  return 1;
}

}  // namespace convoy::net
