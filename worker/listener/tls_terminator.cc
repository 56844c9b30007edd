#include "worker/listener/tls_terminator.h"

#include "common/base/check.h"
#include "common/base/log.h"
#include "worker/tls_choices.h"

namespace convoy::worker {

using stats::ListenerStat;
using stats::ListenerTlsStat;

TlsTerminator::TlsTerminator(WorkerContext& context, const config::Listener& listener,
                             size_t listener_index, size_t chain)
    : context_(context),
      timeout_ms_(listener.chain(chain).handshake_timeout_ms),
      stats_(context.cells(context.directory.listener(listener_index))) {
  if (!listener.chain(chain).tls) return;
  tls_stats_ = stats::StatBlock<ListenerTlsStat>(
      context.cells(context.directory.listenerTls(listener_index)));
  rekey(listener, chain);
  // The master has built the same; it ends here if memory or the library's state does.
  CHECK(tls_ != nullptr);
}

void TlsTerminator::rekey(const config::Listener& listener, size_t chain) {
  const config::FilterChain& config = listener.chain(chain);
  if (!config.tls) return;
  net::TlsContext::Fault fault;
  auto made = net::TlsContext::forServer(*config.tls, context_.tickets,
                                         listener.name + "/" + config.name, fault);
  if (made == nullptr) {
    base::logger("listener").critical("{}: {}", listener.name, fault.why);
    return;
  }
  tls_ = std::move(made);
}

void TlsTerminator::secure(net::Connection& connection) const {
  if (tls_ != nullptr) connection.secure(tls_->accept(), timeout_ms_);
}

void TlsTerminator::countStaple(const net::Transport& transport) {
  using Staple = net::Transport::Staple;
  if (transport.staple() == Staple::NotAsked) return;
  stats_.inc(ListenerStat::ssl_ocsp_staple_requests);
  switch (transport.staple()) {
    case Staple::NotAsked:
      break;
    case Staple::Sent:
      stats_.inc(ListenerStat::ssl_ocsp_staple_responses);
      break;
    case Staple::Omitted:
      stats_.inc(ListenerStat::ssl_ocsp_staple_omitted);
      break;
    case Staple::Failed:
      stats_.inc(ListenerStat::ssl_ocsp_staple_failed);
      break;
  }
}

void TlsTerminator::succeeded(const net::Transport& transport) {
  countStaple(transport);
  countChoices(transport, tls_stats_);
  stats_.inc(ListenerStat::ssl_handshake);
  if (transport.resumed()) stats_.inc(ListenerStat::ssl_session_reused);
  if (!transport.showedCertificate()) stats_.inc(ListenerStat::ssl_no_certificate);
}

void TlsTerminator::failed(const net::Transport& transport, net::CloseReason reason) {
  using Failure = net::Transport::Failure;
  countStaple(transport);
  if (reason == net::CloseReason::ConnectTimeout) {
    stats_.inc(ListenerStat::downstream_cx_transport_socket_connect_timeout);
    return;
  }
  switch (transport.failureKind()) {
    case Failure::NoCertificate:
      stats_.inc(ListenerStat::ssl_fail_verify_no_cert);
      break;
    case Failure::Untrusted:
      stats_.inc(ListenerStat::ssl_fail_verify_error);
      break;
    case Failure::NotExpected:
      stats_.inc(ListenerStat::ssl_fail_verify_san);
      break;
    case Failure::NotPinned:
      stats_.inc(ListenerStat::ssl_fail_verify_cert_hash);
      break;
    case Failure::Protocol:
    case Failure::None:
      stats_.inc(ListenerStat::ssl_connection_error);
      break;
  }
}

}  // namespace convoy::worker
