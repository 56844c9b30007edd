// tls_choices: counts what a TLS handshake agreed on: version, cipher suite, curve, and with which
// algorithm the peer proved its certificate. E: ListenerTlsStat or ClusterTlsStat. Worker loop.
#pragma once

#include <string_view>

#include "common/net/transport.h"
#include "common/stats/stat_tables.h"

namespace convoy::worker {

template <typename E>
void countChoices(const net::Transport& transport, stats::StatBlock<E>& stats) {
  stats.value(E::ssl_versions, transport.version());
  stats.value(E::ssl_ciphers, transport.cipher());
  const std::string_view curve = transport.curve();
  if (!curve.empty()) stats.value(E::ssl_curves, curve);
  const std::string_view signature = transport.signature();
  if (!signature.empty()) stats.value(E::ssl_sigalgs, signature);
}

}  // namespace convoy::worker
