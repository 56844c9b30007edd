// certificates: the certificates of the running configuration as an operator looks at them: what
// /certs prints, and until when each lasts, for the metrics and alerts. Master only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/config/model/bootstrap.h"
#include "common/net/transport.h"

namespace convoy::master {

struct CertificateView {
  std::string path;  // "<inline>" if it stands in the configuration
  std::string name;  // the label envoy_tls_certificate
  net::CertificateText text;
};

// What one filter chain or cluster has: Envoy shows the first certificate of each file.
struct TlsView {
  bool downstream = true;
  std::string stat_name;  // of the listener or cluster
  std::vector<CertificateView> ca, chains;
};

std::vector<TlsView> certificatesOf(const config::Bootstrap& bootstrap);

// Whole days from now on, 0 when it has ended.
uint64_t daysLeft(const net::CertificateText& certificate, int64_t now_s);

}  // namespace convoy::master
