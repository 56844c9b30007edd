#include "common/config/validate.h"

#include <map>
#include <set>

namespace convoy::config {

namespace {

class Validator {
 public:
  Validator(const Bootstrap& bootstrap, Diagnostics& d) : bootstrap_(bootstrap), d_(d) {
    for (const Cluster& cluster : bootstrap.clusters) {
      names_.push_back(cluster.name);
      known_.insert(cluster.name);
    }
  }

  void run() {
    clusters();
    std::map<std::string, const Listener*> names, addresses;
    for (const Listener& listener : bootstrap_.listeners) {
      if (!names.emplace(listener.name, &listener).second) {
        d_.error(listener.origin, "", code::kDuplicate,
                 "two listeners are named \"" + listener.name + "\"");
      }
      const bool any_port = !listener.address.is_pipe && listener.address.port_value == 0;
      if (!any_port && !addresses.emplace(listener.address.toString(), &listener).second) {
        d_.error(listener.address.origin, "", code::kDuplicate,
                 "two listeners have the address " + listener.address.toString());
      }
      for (size_t i = 0; i < listener.chainCount(); ++i) {
        if (const auto* http = listener.chain(i).http()) routes(http->route_config);
        if (const auto* tcp = listener.chain(i).tcp()) proxy(*tcp);
      }
    }
  }

 private:
  void clusters() {
    std::set<std::string> seen;
    for (const Cluster& cluster : bootstrap_.clusters) {
      if (!seen.insert(cluster.name).second) {
        d_.error(cluster.origin, "", code::kDuplicate,
                 "two clusters are named \"" + cluster.name + "\"");
      }
    }
  }

  void mirrors(const RouteAction& action) {
    if (action.mirrors == nullptr) return;
    for (const MirrorPolicy& mirror : *action.mirrors) cluster(mirror.cluster, mirror.origin);
  }

  void cluster(const std::string& name, Origin origin) {
    // An empty name was reported as missing where it was read.
    if (name.empty() || known_.count(name) != 0) return;
    const std::string near = nearest(name, names_);
    d_.error(origin, "", code::kReference, "there is no cluster \"" + name + "\"",
             near.empty() ? "" : "did you mean \"" + near + "\"?");
  }

  void proxy(const TcpProxy& tcp) {
    cluster(tcp.cluster, tcp.origin);
    for (const auto& weighted : tcp.weighted_clusters) cluster(weighted.name, weighted.origin);
  }

  void routes(const RouteConfiguration& configuration) {
    std::map<std::string, const VirtualHost*> domains;
    for (const VirtualHost& host : configuration.virtual_hosts) {
      for (const std::string& domain : host.domains) {
        if (domain.empty()) {
          d_.error(host.origin, "", code::kWrongValue, "a domain is empty; \"*\" takes every host");
        }
        const size_t star = domain.find('*');
        const bool wild = star == 0 || star == domain.size() - 1;
        if (star != std::string::npos &&
            (!wild || domain.find('*', star + 1) != std::string::npos)) {
          d_.error(host.origin, "", code::kWrongValue,
                   "the domain \"" + domain + "\" may have one '*', at its start or its end");
        }
        if (!domains.emplace(domain, &host).second) {
          d_.error(
              host.origin, "", code::kDuplicate,
              "the domain \"" + domain + "\" stands in two virtual hosts (unique domains only)");
        }
      }
      for (const Route& route : host.routes) {
        if (route.kind != Route::Kind::Forward) continue;
        cluster(route.action.cluster, route.action.origin);
        mirrors(route.action);
        for (const auto& weighted : route.action.weighted_clusters) {
          cluster(weighted.name, weighted.origin);
        }
      }
    }
  }

  const Bootstrap& bootstrap_;
  Diagnostics& d_;
  std::vector<std::string> names_;
  std::set<std::string> known_;
};

}  // namespace

void validate(const Bootstrap& bootstrap, Diagnostics& d) {
  Validator(bootstrap, d).run();
}

}  // namespace convoy::config
