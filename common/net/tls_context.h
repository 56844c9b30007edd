// tls_context: what the TLS connections of one filter chain or one cluster have in common:
// certificates, versions, ciphers, whom to trust. Built from the configuration and const ever
// after; connections keep it alive, so that another may take its place for those that come later.
// The master builds one too, and throws it away, to find out whether it can be built. No
// renegotiation, no compression, TLS 1.2 at least. OpenSSL is fenced in common/net/tls_*.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/result.h"
#include "common/config/model/tls.h"
#include "common/net/tls_tickets.h"
#include "common/net/transport.h"

struct ssl_ctx_st;
struct ssl_session_st;

namespace convoy::net {

struct TlsChain;  // one certificate with its key and intermediates

// The session of the last connection to one host, to be resumed by the next. One for each context
// and name: a resumed session is not verified again.
class TlsSessions {
 public:
  // `keys`: which certificates of the context's owner it belongs to.
  explicit TlsSessions(uint32_t keys = 0) : keys_(keys) {}
  ~TlsSessions();
  TlsSessions(const TlsSessions&) = delete;
  TlsSessions& operator=(const TlsSessions&) = delete;
  void keep(ssl_session_st* session);  // takes it
  ssl_session_st* last() const { return last_; }
  uint32_t keys() const { return keys_; }

 private:
  ssl_session_st* last_ = nullptr;
  const uint32_t keys_;
};

class TlsContext : public std::enable_shared_from_this<TlsContext> {
 public:
  // `problem` in the error: what is at fault, so that the caller can name its line.
  enum class Part : uint8_t { Settings, Ciphers, Curves, Chain, Key, Staple, TrustedCa, Crl };
  struct Fault {
    Part part = Part::Settings;
    size_t certificate = 0;  // which, for Chain, Key and Staple
    std::string why;         // with what to do about it
  };
  // Null with `fault` set. `tickets` may be null: none are given out. `scope`: sessions are resumed
  // only where it is the same.
  static std::shared_ptr<const TlsContext> forServer(const config::DownstreamTls& settings,
                                                     std::shared_ptr<const TlsTickets> tickets,
                                                     std::string_view scope, Fault& fault);
  static std::shared_ptr<const TlsContext> forClient(const config::UpstreamTls& settings,
                                                     Fault& fault);
  ~TlsContext();

  std::unique_ptr<Transport> accept() const;
  // `sni`: "" sends none. `san`: a name the certificate must have besides what is configured; ""
  // for none. `sessions` may be null.
  std::unique_ptr<Transport> connect(std::string_view sni, std::string_view san,
                                     std::shared_ptr<TlsSessions> sessions) const;

  // When the first of the certificates ends, of ours or of the CAs; INT64_MAX without any.
  int64_t firstExpiryS() const { return first_expiry_s_; }

 private:
  friend class TlsTransport;
  friend struct TlsHooks;
  TlsContext() = default;
  bool build(const config::TlsSettings& settings, bool server, Fault& fault);
  bool addCertificates(const config::TlsSettings& settings, bool server, Fault& fault);
  bool addTrust(const config::TlsValidation& validation, bool server, Fault& fault);
  void addName(const std::string& name, const TlsChain& chain);
  // What is shown to a client that asks for this name (lower case): one of each kind of key. Null:
  // no certificate has it.
  const std::vector<const TlsChain*>* chainsFor(const std::string& name) const;

  ssl_ctx_st* ssl_ctx_ = nullptr;
  bool server_ = false;
  std::vector<std::unique_ptr<TlsChain>> chains_;
  std::unordered_map<std::string, std::vector<const TlsChain*>> by_name_;  // "*.x" as it is written
  config::TlsValidation validation_;
  bool require_certificate_ = false;
  bool prefer_ours_ = false;
  bool require_sni_ = false;
  config::DownstreamTls::Stapling stapling_ = config::DownstreamTls::Stapling::Lenient;
  std::vector<std::string> alpn_;
  std::shared_ptr<const TlsTickets> tickets_;
  std::shared_ptr<TlsTickets> own_tickets_;
  int64_t first_expiry_s_ = INT64_MAX;
};

// What a certificate says, for the operator: each of the PEM text. Empty if it is none.
std::vector<CertificateText> readCertificates(std::string_view pem);

}  // namespace convoy::net
