#include "master/admin/dashboard_map.h"

#include <algorithm>
#include <map>

#include "common/base/build_info.h"
#include "master/admin/dashboard_data.h"

namespace convoy::master {

namespace {

using config::Cluster;
using config::FilterChain;
using config::Listener;
using config::Route;
using config::RouteMatch;
using config::VirtualHost;

Json::Value list(const std::vector<std::string>& items) {
  Json::Value out(Json::arrayValue);
  for (const std::string& item : items) out.append(item);
  return out;
}

std::string textOf(const RouteMatch& match) {
  std::string out;
  switch (match.path_kind) {
    case RouteMatch::Path::Prefix:
      out = "prefix " + match.path;
      break;
    case RouteMatch::Path::Exact:
      out = "path " + match.path;
      break;
    case RouteMatch::Path::SafeRegex:
      out = "regex " + match.path;
      break;
    case RouteMatch::Path::PathSeparatedPrefix:
      out = "path prefix " + match.path;
      break;
    case RouteMatch::Path::Connect:
      out = "CONNECT";
      break;
  }
  for (const auto& header : match.headers) {
    out += (header.invert_match ? " · not header " : " · header ") + header.name;
  }
  for (const auto& parameter : match.query_parameters) out += " · query " + parameter.name;
  if (match.runtime_fraction) {
    out += " · " + std::to_string(match.runtime_fraction->numerator) + " of " +
           std::to_string(match.runtime_fraction->denominator);
  }
  return out;
}

std::string textOf(const config::FilterChainMatch& match) {
  std::string out;
  const auto add = [&out](const std::string& word) { out += (out.empty() ? "" : ", ") + word; };
  for (const std::string& name : match.server_names) {
    add(name.starts_with('.') ? "*" + name : name);
  }
  if (!match.transport_protocol.empty()) add(match.transport_protocol);
  for (const std::string& protocol : match.application_protocols) add("ALPN " + protocol);
  if (match.destination_port) add("port " + std::to_string(*match.destination_port));
  for (const auto& range : match.prefix_ranges) {
    add("to " + range.address + "/" + std::to_string(range.prefix));
  }
  for (const auto& range : match.source_prefix_ranges) {
    add("from " + range.address + "/" + std::to_string(range.prefix));
  }
  return out;
}

const char* nameOf(Cluster::Discovery discovery) {
  switch (discovery) {
    case Cluster::Discovery::Static:
      return "STATIC";
    case Cluster::Discovery::StrictDns:
      return "STRICT_DNS";
    case Cluster::Discovery::LogicalDns:
      return "LOGICAL_DNS";
  }
  return "";
}

class Map {
 public:
  explicit Map(const AdminContext& context)
      : context_(context), provenance_(context.provenance()), bootstrap_(context.bootstrap()) {}

  Json::Value make() {
    Json::Value out(Json::objectValue);
    out["id"] = mapId(context_);
    about(out["about"]);
    Json::Value& fields = out["fields"];
    fields["clusters"] = list(clusterFields());
    fields["http"] = list(httpFields());
    fields["tcp"] = list(tcpFields());
    fields["listeners"] = list(listenerFields());
    out["http"] = list(http_ = statPrefixes(*bootstrap_, true));
    out["tcp"] = list(tcp_ = statPrefixes(*bootstrap_, false));
    out["listeners"] = Json::Value(Json::arrayValue);
    for (const Listener& l : bootstrap_->listeners) out["listeners"].append(listener(l));
    out["clusters"] = Json::Value(Json::arrayValue);
    for (const Cluster& c : bootstrap_->clusters) out["clusters"].append(cluster(c));
    out["routes_left_out"] = Json::UInt64{left_out_};
    out["warnings"] = warnings();
    out["reloads"] = context_.history().save();
    return out;
  }

 private:
  void about(Json::Value& out) const {
    out["version"] = base::kVersion;
    out["revision"] = base::buildRevision();
    out["generation"] = context_.reloads().generation;
    out["start_unix"] = Json::Int64{context_.startUnix()};
    out["concurrency"] = context_.concurrency();
    out["actions"] = context_.dashboardActions();
    out["config_path"] = context_.configPath();
    out["files"] = Json::Value(Json::arrayValue);
    for (const Provenance::File& file : provenance_.files) {
      Json::Value one(Json::objectValue);
      one["name"] = file.name;
      one["sha256"] = file.sha256;
      one["bytes"] = Json::UInt64{file.bytes};
      out["files"].append(std::move(one));
    }
    const config::Node node = context_.node();
    out["node"] = node.id;
    out["service"] = node.cluster;
  }

  Json::Value listener(const Listener& l) {
    Json::Value out(Json::objectValue);
    out["name"] = l.name;
    out["address"] = l.address.toString();
    out["at"] = placeOf(provenance_, l.origin);
    out["chains"] = Json::Value(Json::arrayValue);
    for (size_t i = 0; i < l.chainCount(); ++i) out["chains"].append(chain(l, i));
    return out;
  }

  Json::Value chain(const Listener& l, size_t index) {
    const FilterChain& c = l.chain(index);
    Json::Value out(Json::objectValue);
    out["name"] = c.name;
    const bool otherwise = l.has_default_chain && index + 1 == l.chainCount();
    out["match"] = otherwise ? "what no other takes" : textOf(c.match);
    out["tls"] = c.tls.has_value();
    if (c.http() != nullptr) {
      http(*c.http(), out);
    } else if (c.tcp() != nullptr) {
      tcp(*c.tcp(), out);
    }
    return out;
  }

  static size_t indexOf(const std::vector<std::string>& names, const std::string& name) {
    return static_cast<size_t>(std::find(names.begin(), names.end(), name) - names.begin());
  }

  void tcp(const config::TcpProxy& proxy, Json::Value& out) {
    out["kind"] = "tcp";
    out["stats"] = Json::UInt64{indexOf(tcp_, proxy.stat_prefix)};
    out["to"] = Json::Value(Json::arrayValue);
    if (!proxy.cluster.empty()) out["to"].append(target(proxy.cluster, 0));
    for (const auto& weighted : proxy.weighted_clusters) {
      out["to"].append(target(weighted.name, weighted.weight));
    }
  }

  void http(const config::HttpConnectionManager& manager, Json::Value& out) {
    out["kind"] = "http";
    out["stats"] = Json::UInt64{indexOf(http_, manager.stat_prefix)};
    out["routes"] = manager.route_config.name;
    out["filters"] = Json::Value(Json::arrayValue);
    for (const auto& filter : manager.http_filters) out["filters"].append(filter.name);
    out["virtual_hosts"] = Json::Value(Json::arrayValue);
    for (const VirtualHost& host : manager.route_config.virtual_hosts) {
      Json::Value one(Json::objectValue);
      one["name"] = host.name;
      one["domains"] = list(host.domains);
      one["at"] = placeOf(provenance_, host.origin);
      one["routes"] = Json::Value(Json::arrayValue);
      for (const Route& r : host.routes) {
        if (told_ == kMaxMapRoutes) {
          ++left_out_;
          continue;
        }
        ++told_;
        one["routes"].append(route(r));
      }
      out["virtual_hosts"].append(std::move(one));
    }
  }

  Json::Value route(const Route& r) {
    Json::Value out(Json::objectValue);
    if (!r.name.empty()) out["name"] = r.name;
    out["match"] = textOf(r.match);
    out["at"] = placeOf(provenance_, r.origin);
    if (r.kind == Route::Kind::Redirect) {
      out["answer"] = "redirect " + std::to_string(r.redirect.status);
    } else if (r.kind == Route::Kind::DirectResponse) {
      out["answer"] = "direct response " + std::to_string(r.direct.status);
    } else {
      forward(r.action, out["to"]);
    }
    return out;
  }

  void forward(const config::RouteAction& action, Json::Value& out) {
    if (!action.cluster_header.empty()) {
      Json::Value one(Json::objectValue);
      one["header"] = action.cluster_header;
      out.append(std::move(one));
    } else if (action.weighted_clusters.empty()) {
      out.append(target(action.cluster, 0));
    }
    for (const auto& weighted : action.weighted_clusters) {
      out.append(target(weighted.name, weighted.weight));
    }
  }

  // {"cluster": index} or, if there is none of that name, {"missing": name}; with a weight if it is
  // one of several.
  Json::Value target(const std::string& name, uint32_t weight) {
    Json::Value out(Json::objectValue);
    const auto found = byName().find(name);
    if (found == byName().end()) {
      out["missing"] = name;
    } else {
      out["cluster"] = Json::UInt64{found->second};
    }
    if (weight != 0) out["weight"] = weight;
    return out;
  }

  // A linear search for each of 10,000 routes would be felt.
  const std::map<std::string_view, size_t>& byName() {
    if (by_name_.empty()) {
      for (size_t i = 0; i < bootstrap_->clusters.size(); ++i) {
        by_name_.emplace(bootstrap_->clusters[i].name, i);
      }
    }
    return by_name_;
  }

  Json::Value cluster(const Cluster& c) const {
    Json::Value out(Json::objectValue);
    out["name"] = c.name;
    out["type"] = nameOf(c.discovery);
    out["at"] = placeOf(provenance_, c.origin);
    if (c.tls) out["tls"] = true;
    if (c.protocol == Cluster::Protocol::Http2) out["http2"] = true;
    if (!c.health_checks.empty()) out["checked"] = true;
    if (c.outlier_detection) out["outlier"] = true;
    Json::Value& limits = out["limits"] = Json::Value(Json::arrayValue);
    const auto& t = c.circuit_breakers.thresholds[static_cast<size_t>(config::Priority::Default)];
    for (uint32_t limit :
         {t.max_connections, t.max_pending_requests, t.max_requests, t.max_retries}) {
      limits.append(limit);
    }
    return out;
  }

  Json::Value warnings() const {
    Json::Value out(Json::arrayValue);
    for (const config::Diagnostic& warning : provenance_.warnings) {
      Json::Value one(Json::objectValue);
      one["code"] = warning.code;
      one["file"] = warning.file;
      one["line"] = warning.line;
      one["column"] = warning.column;
      one["path"] = warning.path;
      one["message"] = warning.message;
      one["help"] = warning.help;
      out.append(std::move(one));
    }
    return out;
  }

  const AdminContext& context_;
  const Provenance& provenance_;
  const std::shared_ptr<const config::Bootstrap> bootstrap_;
  std::vector<std::string> http_, tcp_;
  std::map<std::string_view, size_t> by_name_;
  size_t told_ = 0, left_out_ = 0;
};

}  // namespace

std::string placeOf(const Provenance& provenance, const config::Origin& origin) {
  if (origin.line == 0) return "";
  const auto source = static_cast<size_t>(origin.source);
  const std::string line = std::to_string(origin.line);
  return source < provenance.files.size() ? provenance.files[source].name + ":" + line : line;
}

Json::Value dashboardMap(const AdminContext& context) {
  return Map(context).make();
}

}  // namespace convoy::master
