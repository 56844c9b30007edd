#include "worker/upstream/tls_origination.h"

#include "common/base/check.h"
#include "common/base/log.h"
#include "common/net/address.h"
#include "worker/tls_choices.h"

namespace convoy::worker {

using stats::ClusterStat;

namespace {

std::shared_ptr<const net::TlsContext> contextOf(const std::string& cluster,
                                                 const config::UpstreamTls& settings) {
  net::TlsContext::Fault fault;
  auto made = net::TlsContext::forClient(settings, fault);
  // The master has built the same; it ends here if memory or the library's state does.
  if (made == nullptr) base::logger("upstream").critical("{}: {}", cluster, fault.why);
  CHECK(made != nullptr);
  return made;
}

}  // namespace

TlsOrigination::TlsOrigination(const config::Cluster& config,
                               stats::StatBlock<stats::ClusterStat> stats,
                               stats::StatBlock<stats::ClusterTlsStat> tls_stats)
    : config_(config), stats_(stats), tls_stats_(tls_stats) {
  rekey(config);
}

void TlsOrigination::rekey(const config::Cluster& config) {
  if (!config.tls) return;
  tls_ = contextOf(config.name, *config.tls);
  config::UpstreamTls settings = *config.tls;
  if (settings.alpn.empty()) settings.alpn = {"h2"};
  if (config.protocol != config::Cluster::Protocol::Http1) {
    tls_http2_ = contextOf(config.name, settings);
  }
  ++keys_;
}

// RFC 6066 section 3: no address is asked for by its name.
std::string_view TlsOrigination::sniOf(const Names& names) const {
  const config::UpstreamTls& config = *config_.tls;
  if (config_.auto_sni.sni && !names.request.empty() &&
      !net::Address::fromIp(names.request, 0).ok()) {
    return names.request;
  }
  return config.auto_host_sni && !names.endpoint.empty() ? names.endpoint : config.sni;
}

// What the certificate must have besides what validation_context says.
std::string_view TlsOrigination::sanOf(const Names& names, std::string_view sni) const {
  if (config_.auto_sni.san && !names.request.empty()) return names.request;
  return config_.tls->auto_sni_san_validation ? sni : std::string_view();
}

std::shared_ptr<net::TlsSessions> TlsOrigination::sessions(
    std::shared_ptr<net::TlsSessions> kept) const {
  if (tls_ == nullptr || config_.tls->max_session_keys == 0) return nullptr;
  if (kept != nullptr && kept->keys() == keys_) return kept;
  return std::make_shared<net::TlsSessions>(keys_);
}

void TlsOrigination::secure(net::Connection& connection, const Names& names,
                            std::shared_ptr<net::TlsSessions>& sessions, bool http2) const {
  if (tls_ == nullptr) return;
  const net::TlsContext& context = http2 && tls_http2_ != nullptr ? *tls_http2_ : *tls_;
  const std::string_view sni = sniOf(names);
  sessions = this->sessions(std::move(sessions));
  connection.secure(context.connect(sni, sanOf(names, sni), sessions));
}

void TlsOrigination::succeeded(const net::Connection& connection) {
  if (connection.transport() == nullptr) return;
  countChoices(*connection.transport(), tls_stats_);
  stats_.inc(ClusterStat::ssl_handshake);
  if (connection.transport()->resumed()) stats_.inc(ClusterStat::ssl_session_reused);
  if (!connection.transport()->showedCertificate()) stats_.inc(ClusterStat::ssl_no_certificate);
}

void TlsOrigination::failed(const net::Connection& connection) {
  using Failure = net::Transport::Failure;
  if (connection.transport() == nullptr) return;
  switch (connection.transport()->failureKind()) {
    case Failure::None:  // the handshake was not what ended it
      break;
    case Failure::NoCertificate:
      stats_.inc(ClusterStat::ssl_fail_verify_no_cert);
      break;
    case Failure::Untrusted:
      stats_.inc(ClusterStat::ssl_fail_verify_error);
      break;
    case Failure::NotExpected:
      stats_.inc(ClusterStat::ssl_fail_verify_san);
      break;
    case Failure::NotPinned:
      stats_.inc(ClusterStat::ssl_fail_verify_cert_hash);
      break;
    case Failure::Protocol:
      stats_.inc(ClusterStat::ssl_connection_error);
      break;
  }
}

}  // namespace convoy::worker
