#include "worker/route/route_table.h"

#include <vector>

#include "common/base/text.h"
#include "worker/route/domain_table.h"
#include "worker/route/match_predicates.h"
#include "worker/route/path_index.h"

namespace convoy::worker {
namespace {

using config::Route;
using config::RouteConfiguration;
using config::VirtualHost;

class IndexedRouteTable final : public RouteTable {
 public:
  explicit IndexedRouteTable(const RouteConfiguration& configuration)
      : configuration_(configuration), hosts_(configuration.virtual_hosts), domains_(hosts_) {
    paths_.reserve(hosts_.size());
    for (const VirtualHost& host : hosts_) paths_.emplace_back(host);
  }

  RouteMatchResult match(const http::RequestHead& request, uint64_t random,
                         const net::Transport* transport) const override {
    const size_t host = domains_.find(matchedHost(configuration_, request));
    if (host == DomainTable::kNone) return {};
    const std::string_view path = matchedPath(configuration_, request);
    return {&hosts_[host], paths_[host].match(request, path, {random, transport})};
  }

 private:
  const RouteConfiguration& configuration_;
  const std::vector<VirtualHost>& hosts_;
  DomainTable domains_;
  std::vector<PathIndex> paths_;
};

// How specific a domain is for an authority: 0 no match, then "*", prefix and suffix wildcards by
// length, exact.
size_t specificity(std::string_view domain, std::string_view authority) {
  constexpr size_t kPrefixClass = size_t{1} << 32, kSuffixClass = size_t{2} << 32;
  constexpr size_t kExactClass = size_t{3} << 32;
  if (domain == "*") return 1;
  const size_t length = domain.size() - 1;
  if (domain.starts_with('*')) {
    const bool matches =
        authority.size() > length &&
        base::equalsIgnoreCase(authority.substr(authority.size() - length), domain.substr(1));
    return matches ? kSuffixClass + length : 0;
  }
  if (domain.ends_with('*')) {
    const bool matches = authority.size() > length &&
                         base::startsWithIgnoreCase(authority, domain.substr(0, length));
    return matches ? kPrefixClass + length : 0;
  }
  return base::equalsIgnoreCase(domain, authority) ? kExactClass : 0;
}

const VirtualHost* findHostLinear(const RouteConfiguration& configuration,
                                  std::string_view authority) {
  const VirtualHost* best = nullptr;
  size_t best_specificity = 0;
  for (const VirtualHost& host : configuration.virtual_hosts) {
    for (const std::string& domain : host.domains) {
      const size_t s = specificity(domain, authority);
      if (s > best_specificity) {
        best_specificity = s;
        best = &host;
      }
    }
  }
  return best;
}

}  // namespace

std::unique_ptr<const RouteTable> RouteTable::build(const RouteConfiguration& configuration) {
  return std::make_unique<IndexedRouteTable>(configuration);
}

RouteMatchResult matchLinear(const RouteConfiguration& configuration,
                             const http::RequestHead& request, uint64_t random,
                             const net::Transport* transport) {
  const VirtualHost* host = findHostLinear(configuration, matchedHost(configuration, request));
  if (host == nullptr) return {};
  const std::string_view path = matchedPath(configuration, request);
  for (const Route& route : host->routes) {
    const bool of_connect = route.match.path_kind == config::RouteMatch::Path::Connect;
    if (of_connect == (request.method == http::Method::Connect) && matchesPath(route.match, path) &&
        matchesPredicates(route.match, request, {random, transport})) {
      return {host, &route};
    }
  }
  return {host, nullptr};
}

}  // namespace convoy::worker
