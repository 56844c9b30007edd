#include "common/net/tls_context.h"

#include <algorithm>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "common/base/text.h"
#include "common/net/tls_certificate.h"
#include "common/net/tls_hooks.h"
#include "common/net/tls_transport.h"
#include "common/net/tls_trust.h"

namespace convoy::net {

namespace {

using Part = TlsContext::Part;

constexpr const char* kCiphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384";
// Of equal strength in practice, and AES-128 is a third cheaper; it is the first choice of
// browsers.
constexpr const char* kCiphers13 =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr const char* kCurves = "X25519:P-256:P-384";
// Read ahead in one system call: four records.
constexpr size_t kReadBuffer = 64 * 1024;

bool faulty(TlsContext::Fault& fault, Part part, std::string why, size_t certificate = 0) {
  fault = {part, certificate, std::move(why)};
  return false;
}

int protocolOf(config::TlsSettings::Version version) {
  return version == config::TlsSettings::Version::Tls13 ? TLS1_3_VERSION : TLS1_2_VERSION;
}

// OpenSSL passes over what it does not know; an operator's mistake is to be heard of.
bool setCiphers(SSL_CTX* ctx, const std::string& wanted, TlsContext::Fault& fault) {
  std::string tls12, tls13;
  for (const std::string_view name : base::split(wanted, ':')) {
    const std::string one(name);
    const bool is_13 = one.starts_with("TLS_");
    const int known = is_13 ? SSL_CTX_set_ciphersuites(ctx, one.c_str())
                            : SSL_CTX_set_cipher_list(ctx, one.c_str());
    if (known != 1) {
      ERR_clear_error();
      return faulty(fault, Part::Ciphers,
                    "OpenSSL knows no cipher suite \"" + one +
                        "\"; `openssl ciphers -v` lists those that there are");
    }
    std::string& list = is_13 ? tls13 : tls12;
    list += (list.empty() ? "" : ":") + one;
  }
  if (tls12.empty()) tls12 = kCiphers;
  SSL_CTX_set_cipher_list(ctx, tls12.c_str());
  if (tls13.empty()) tls13 = kCiphers13;
  SSL_CTX_set_ciphersuites(ctx, tls13.c_str());
  return true;
}

bool setAlgorithms(SSL_CTX* ctx, const config::TlsSettings& settings, TlsContext::Fault& fault) {
  if (!settings.cipher_suites.empty()) {
    if (!setCiphers(ctx, settings.cipher_suites, fault)) return false;
  } else {
    SSL_CTX_set_cipher_list(ctx, kCiphers);
    SSL_CTX_set_ciphersuites(ctx, kCiphers13);
  }
  const std::string curves = settings.curves.empty() ? kCurves : settings.curves;
  if (SSL_CTX_set1_groups_list(ctx, curves.c_str()) != 1) {
    ERR_clear_error();
    return faulty(fault, Part::Curves,
                  "OpenSSL does not know all of the curves \"" + curves +
                      "\"; X25519, P-256, P-384 and P-521 are known");
  }
  if (!settings.signature_algorithms.empty() &&
      SSL_CTX_set1_sigalgs_list(ctx, settings.signature_algorithms.c_str()) != 1) {
    ERR_clear_error();
    return faulty(fault, Part::Settings,
                  "OpenSSL does not know all of the signature algorithms \"" +
                      settings.signature_algorithms + "\"");
  }
  return true;
}

std::string alpnWire(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) {
    out += static_cast<char>(static_cast<unsigned char>(name.size()));
    out += name;
  }
  return out;
}

}  // namespace

TlsSessions::~TlsSessions() {
  SSL_SESSION_free(last_);
}

void TlsSessions::keep(ssl_session_st* session) {
  SSL_SESSION_free(last_);
  last_ = session;
}

TlsContext::~TlsContext() {
  SSL_CTX_free(ssl_ctx_);
}

bool TlsContext::addCertificates(const config::TlsSettings& settings, bool server, Fault& fault) {
  for (size_t i = 0; i < settings.certificates.size(); ++i) {
    const config::TlsCertificate& from = settings.certificates[i];
    auto chain = std::make_unique<TlsChain>();
    std::string why;
    std::vector<X509Ptr> all = certificatesOf(from.chain_pem, why);
    if (all.empty()) return faulty(fault, Part::Chain, "the certificate chain " + why, i);
    chain->leaf = std::move(all.front());
    for (size_t k = 1; k < all.size(); ++k) chain->intermediates.push_back(std::move(all[k]));
    chain->key = privateKeyOf(from.key_pem, from.password, why);
    if (chain->key == nullptr) return faulty(fault, Part::Key, "the private key " + why, i);
    if (X509_check_private_key(chain->leaf.get(), chain->key.get()) != 1) {
      ERR_clear_error();
      return faulty(fault, Part::Key,
                    "the private key does not belong to the certificate: give the key that the "
                    "certificate was made for, and the leaf certificate as the first of its chain",
                    i);
    }
    STACK_OF(X509)* links = sk_X509_new_null();
    for (const X509Ptr& link : chain->intermediates) sk_X509_push(links, link.get());
    // Of each kind of key the first is what a client gets that asks for no name we know.
    const bool first = std::none_of(chains_.begin(), chains_.end(), [&](const auto& other) {
      return EVP_PKEY_get_base_id(other->key.get()) == EVP_PKEY_get_base_id(chain->key.get());
    });
    const int used =
        !first ? 1
               : SSL_CTX_use_cert_and_key(ssl_ctx_, chain->leaf.get(), chain->key.get(), links, 1);
    sk_X509_free(links);
    if (used != 1) {
      return faulty(fault, Part::Chain, "OpenSSL refuses the certificate: " + takeTlsError(), i);
    }
    chain->names = dnsNamesOf(chain->leaf.get());
    chain->must_staple = mustStaple(chain->leaf.get());
    if (!from.ocsp_staple.empty() &&
        !readStaple(from.ocsp_staple, chain->leaf.get(), chain->staple, why)) {
      return faulty(fault, Part::Staple, "the OCSP response " + why, i);
    }
    first_expiry_s_ = std::min(first_expiry_s_, notAfterS(chain->leaf.get()));
    for (const std::string& name : chain->names) addName(name, *chain);
    chains_.push_back(std::move(chain));
  }
  if (server && chains_.empty()) {
    return faulty(fault, Part::Settings, "a server needs a certificate: give tls_certificates");
  }
  return true;
}

// The first of each kind of key: among those the client's algorithms decide.
void TlsContext::addName(const std::string& name, const TlsChain& chain) {
  std::vector<const TlsChain*>& known = by_name_[name];
  const int kind = EVP_PKEY_get_base_id(chain.key.get());
  const bool more = std::none_of(known.begin(), known.end(), [kind](const TlsChain* other) {
    return EVP_PKEY_get_base_id(other->key.get()) == kind;
  });
  if (more) known.push_back(&chain);
}

// A whole name before one with a star, which stands for one label (RFC 6125 section 6.4.3).
const std::vector<const TlsChain*>* TlsContext::chainsFor(const std::string& name) const {
  auto found = by_name_.find(name);
  const size_t dot = name.find('.');
  if (found == by_name_.end() && dot != std::string::npos && dot != 0) {
    found = by_name_.find("*" + name.substr(dot));
  }
  return found == by_name_.end() ? nullptr : &found->second;
}

bool TlsContext::addTrust(const config::TlsValidation& validation, bool server, Fault& fault) {
  X509_STORE* store = SSL_CTX_get_cert_store(ssl_ctx_);
  std::string why;
  if (!validation.trusted_ca_pem.empty()) {
    std::vector<X509Ptr> cas = certificatesOf(validation.trusted_ca_pem, why);
    if (cas.empty()) return faulty(fault, Part::TrustedCa, "the trusted CA " + why);
    for (const X509Ptr& ca : cas) {
      X509_STORE_add_cert(store, ca.get());
      if (server) SSL_CTX_add_client_CA(ssl_ctx_, ca.get());
      first_expiry_s_ = std::min(first_expiry_s_, notAfterS(ca.get()));
    }
    // A CA that is not self-signed is trusted as it is.
    unsigned long flags = X509_V_FLAG_PARTIAL_CHAIN;
    if (!validation.crl_pem.empty()) {
      std::vector<CrlPtr> crls = crlsOf(validation.crl_pem, why);
      if (crls.empty()) return faulty(fault, Part::Crl, "the revocation list " + why);
      for (const CrlPtr& crl : crls) X509_STORE_add_crl(store, crl.get());
      flags |= X509_V_FLAG_CRL_CHECK;
      if (!validation.crl_leaf_only) flags |= X509_V_FLAG_CRL_CHECK_ALL;
    }
    X509_STORE_set_flags(store, flags);
    if (validation.max_depth) {
      SSL_CTX_set_verify_depth(ssl_ctx_, static_cast<int>(*validation.max_depth));
    }
  }
  ERR_clear_error();
  validation_ = validation;
  return true;
}

bool TlsContext::build(const config::TlsSettings& settings, bool server, Fault& fault) {
  server_ = server;
  ssl_ctx_ = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
  if (ssl_ctx_ == nullptr) return faulty(fault, Part::Settings, "OpenSSL: " + takeTlsError());
  // A client whose first choice is ChaCha20 has no instructions for AES.
  uint64_t options = SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                     SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA;
  // What a client asks for has a length of its own, unlike the end of an upstream's answer.
  if (server) options |= SSL_OP_IGNORE_UNEXPECTED_EOF;
  SSL_CTX_set_options(ssl_ctx_, options);
  SSL_CTX_set_mode(ssl_ctx_, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(ssl_ctx_, 1);
  SSL_CTX_set_default_read_buffer_len(ssl_ctx_, kReadBuffer);
  SSL_CTX_set_min_proto_version(ssl_ctx_, protocolOf(settings.min_version));
  SSL_CTX_set_max_proto_version(ssl_ctx_, protocolOf(settings.max_version));
  alpn_ = settings.alpn;
  return setAlgorithms(ssl_ctx_, settings, fault) && addCertificates(settings, server, fault) &&
         addTrust(settings.validation, server, fault);
}

std::shared_ptr<const TlsContext> TlsContext::forServer(const config::DownstreamTls& settings,
                                                        std::shared_ptr<const TlsTickets> tickets,
                                                        std::string_view scope, Fault& fault) {
  std::shared_ptr<TlsContext> made(new TlsContext());
  if (!made->build(settings, true, fault)) return nullptr;
  made->require_certificate_ = settings.require_client_certificate;
  made->require_sni_ = settings.require_sni;
  made->stapling_ = settings.stapling;
  for (size_t i = 0; i < made->chains_.size(); ++i) {
    const TlsChain& chain = *made->chains_[i];
    const bool must =
        chain.must_staple || settings.stapling == config::DownstreamTls::Stapling::Must;
    if (must && chain.staple.der.empty()) {
      faulty(
          fault, Part::Chain,
          std::string("an OCSP response is required of it (") +
              (chain.must_staple ? "the certificate says so" : "ocsp_staple_policy: MUST_STAPLE") +
              "), and there is no ocsp_staple",
          i);
      return nullptr;
    }
  }
  made->tickets_ = std::move(tickets);
  if (!settings.ticket_keys.empty()) {
    made->own_tickets_ = std::make_shared<TlsTickets>();
    if (!made->own_tickets_->set(settings.ticket_keys)) {
      faulty(fault, Part::Settings, "a session ticket key is 80 octets long");
      return nullptr;
    }
    made->tickets_ = made->own_tickets_;
  }
  SSL_CTX* ctx = made->ssl_ctx_;
  if (!settings.stateless_resumption) made->tickets_ = nullptr;
  if (made->tickets_ == nullptr) {
    SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(ctx, 0);
  }
  if (settings.prefer_client_ciphers) SSL_CTX_clear_options(ctx, SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_timeout(ctx, static_cast<long>(settings.session_timeout_s));
  std::string context_id(scope);
  context_id += settings.require_client_certificate ? "!" : "?";
  context_id += fingerprintOf(settings.validation);
  unsigned char digest[32];
  EVP_Digest(context_id.data(), context_id.size(), digest, nullptr, EVP_sha256(), nullptr);
  SSL_CTX_set_session_id_context(ctx, digest, sizeof(digest));
  TlsHooks::install(ctx, *made);
  return made;
}

std::shared_ptr<const TlsContext> TlsContext::forClient(const config::UpstreamTls& settings,
                                                        Fault& fault) {
  std::shared_ptr<TlsContext> made(new TlsContext());
  if (!made->build(settings, false, fault)) return nullptr;
  const std::string alpn = alpnWire(settings.alpn);
  if (!alpn.empty()) {
    SSL_CTX_set_alpn_protos(made->ssl_ctx_, reinterpret_cast<const unsigned char*>(alpn.data()),
                            static_cast<unsigned>(alpn.size()));
  }
  TlsHooks::install(made->ssl_ctx_, *made);
  return made;
}

std::unique_ptr<Transport> TlsContext::accept() const {
  return connect("", "", nullptr);
}

std::unique_ptr<Transport> TlsContext::connect(std::string_view sni, std::string_view san,
                                               std::shared_ptr<TlsSessions> sessions) const {
  return std::make_unique<TlsTransport>(shared_from_this(), sni, san, std::move(sessions));
}

std::vector<CertificateText> readCertificates(std::string_view pem) {
  std::string why;
  std::vector<CertificateText> out;
  for (const X509Ptr& one : certificatesOf(pem, why)) out.push_back(textOf(one.get(), nullptr));
  return out;
}

}  // namespace convoy::net
