#include "master/admin/certificates.h"

#include <map>
#include <string_view>

#include <fmt/format.h>

#include "common/config/load.h"
#include "common/net/tls_context.h"

namespace convoy::master {

namespace {

// A bundle of CAs holds a hundred and more, and thousands of clusters may name the same.
std::string_view firstOf(std::string_view pem) {
  constexpr std::string_view kEnd = "-----END";
  const size_t end = pem.find(kEnd);
  return end == std::string_view::npos ? pem : pem.substr(0, pem.find('\n', end));
}

class Views {
 public:
  explicit Views(std::vector<TlsView>* out) : out_(*out) {}

  void add(bool downstream, std::string stat_name, const config::TlsSettings& tls) {
    TlsView view;
    view.downstream = downstream;
    view.stat_name = std::move(stat_name);
    const config::TlsValidation& trust = tls.validation;
    append(trust.trusted_ca_pem, trust.trusted_ca_path, "unnamed_ca_cert_", view.ca);
    for (const config::TlsCertificate& c : tls.certificates) {
      append(c.chain_pem, c.chain_path, "unnamed_cert_", view.chains);
    }
    out_.push_back(std::move(view));
  }

 private:
  // The name is the same before and after a renewal, so that a series goes on: Envoy's is a hash,
  // too, but of nothing where the certificate is in a file.
  void append(const std::string& pem, const std::string& path, const char* kind,
              std::vector<CertificateView>& to) {
    if (pem.empty()) return;
    const net::CertificateText* text = read(firstOf(pem));
    if (text == nullptr) return;
    CertificateView view;
    view.path = path.empty() ? "<inline>" : path;
    view.name = fmt::format("{}{:08x}", kind,
                            static_cast<uint32_t>(config::fingerprint(path.empty() ? pem : path)));
    view.text = *text;
    to.push_back(std::move(view));
  }

  const net::CertificateText* read(std::string_view pem) {
    auto [it, added] = read_.try_emplace(pem);
    if (added) it->second = net::readCertificates(pem);
    return it->second.empty() ? nullptr : &it->second.front();
  }

  std::vector<TlsView>& out_;
  std::map<std::string_view, std::vector<net::CertificateText>> read_;
};

}  // namespace

std::vector<TlsView> certificatesOf(const config::Bootstrap& bootstrap) {
  std::vector<TlsView> out;
  Views views(&out);
  for (const config::Listener& listener : bootstrap.listeners) {
    for (size_t i = 0; i < listener.chainCount(); ++i) {
      if (const auto& tls = listener.chain(i).tls) views.add(true, listener.statName(), *tls);
    }
  }
  for (const config::Cluster& cluster : bootstrap.clusters) {
    if (cluster.tls) views.add(false, cluster.statName(), *cluster.tls);
  }
  return out;
}

uint64_t daysLeft(const net::CertificateText& certificate, int64_t now_s) {
  const int64_t left = certificate.not_after_s - now_s;
  return left <= 0 ? 0 : static_cast<uint64_t>(left) / 86400;
}

}  // namespace convoy::master
