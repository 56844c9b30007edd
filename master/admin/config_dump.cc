#include "master/admin/config_dump.h"

#include <array>
#include <ctime>

#include "common/base/text.h"

namespace convoy::master {

namespace {

const std::string kAdminType = "type.googleapis.com/envoy.admin.v3.";
const std::string kClusterType = "type.googleapis.com/envoy.config.cluster.v3.Cluster";
const std::string kListenerType = "type.googleapis.com/envoy.config.listener.v3.Listener";
const std::string kRouteType = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration";
const std::string kEndpointType =
    "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment";

std::string timestamp(int64_t unix_seconds) {
  std::tm parts{};
  const time_t seconds = unix_seconds;
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> out;
  const size_t n = std::strftime(out.data(), out.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {out.data(), n};
}

Json::Value dumpOf(const std::string& type) {
  Json::Value out(Json::objectValue);
  out["@type"] = kAdminType + type;
  return out;
}

class Dump {
 public:
  Dump(const AdminContext& context, const ConfigDumpOptions& options)
      : context_(context), options_(options) {
    auto parsed = base::parseJson(context.canonicalConfig());
    config_ =
        parsed.ok() && parsed.value().isObject() ? parsed.value() : Json::Value(Json::objectValue);
    showFileNames(config_);
    redact(config_);
    const ReloadView reloads = context.reloads();
    const bool reloaded = reloads.last_success_unix != 0;
    updated_ = timestamp(reloaded ? reloads.last_success_unix : context.startUnix());
  }

  Json::Value all() {
    Json::Value configs(Json::arrayValue);
    Json::Value bootstrap = dumpOf("BootstrapConfigDump");
    bootstrap["bootstrap"] = config_;
    bootstrap["last_updated"] = updated_;
    configs.append(bootstrap);
    configs.append(clusters());
    if (options_.include_eds) configs.append(endpoints());
    configs.append(listeners());
    configs.append(dumpOf("ScopedRoutesConfigDump"));
    configs.append(routes());
    configs.append(dumpOf("SecretsConfigDump"));
    return configs;
  }

 private:
  bool chosen(const Json::Value& name) const {
    return !options_.name || options_.name->fullMatch(name.isString() ? name.asString() : "");
  }

  // {<field>: {@type, ...resource}, last_updated}
  void add(Json::Value& list, const char* field, Json::Value resource, const std::string& type) {
    resource["@type"] = type;
    Json::Value entry(Json::objectValue);
    entry[field] = std::move(resource);
    entry["last_updated"] = updated_;
    list.append(std::move(entry));
  }

  const Json::Value& listed(const char* what) const {
    const Json::Value& resources = static_cast<const Json::Value&>(config_)["static_resources"];
    static const Json::Value kNone(Json::arrayValue);
    return resources.isObject() && resources[what].isArray() ? resources[what] : kNone;
  }

  Json::Value clusters() {
    Json::Value out = dumpOf("ClustersConfigDump");
    for (const Json::Value& c : listed("clusters")) {
      if (chosen(c["name"])) add(out["static_clusters"], "cluster", c, kClusterType);
    }
    return out;
  }

  // Names of listeners may be generated at load, so they come from the model.
  Json::Value listeners() {
    Json::Value out = dumpOf("ListenersConfigDump");
    const auto bootstrap = context_.bootstrap();
    size_t index = 0;
    for (const Json::Value& l : listed("listeners")) {
      Json::Value named = l;
      if (index < bootstrap->listeners.size()) named["name"] = bootstrap->listeners[index].name;
      ++index;
      if (chosen(named["name"])) {
        add(out["static_listeners"], "listener", std::move(named), kListenerType);
      }
    }
    return out;
  }

  Json::Value routes() {
    Json::Value out = dumpOf("RoutesConfigDump");
    for (const Json::Value& l : listed("listeners")) {
      for (const Json::Value& chain : l["filter_chains"]) {
        for (const Json::Value& filter : chain["filters"]) {
          const Json::Value& route = filter["typed_config"]["route_config"];
          if (route.isObject() && chosen(route["name"])) {
            add(out["static_route_configs"], "route_config", route, kRouteType);
          }
        }
      }
    }
    return out;
  }

  Json::Value endpoints() {
    Json::Value out = dumpOf("EndpointsConfigDump");
    const auto bootstrap = context_.bootstrap();
    for (size_t i = 0; i < bootstrap->clusters.size(); ++i) {
      const std::string& name = bootstrap->clusters[i].name;
      if (!chosen(name)) continue;
      Json::Value assignment(Json::objectValue);
      assignment["cluster_name"] = name;
      Json::Value locality(Json::objectValue);
      for (const auto& host : context_.hosts(i)) locality["lb_endpoints"].append(endpoint(host));
      if (!locality.empty()) assignment["endpoints"].append(locality);
      add(out["static_endpoint_configs"], "endpoint_config", assignment, kEndpointType);
    }
    return out;
  }

  static Json::Value endpoint(const ipc::EndpointHost& host) {
    Json::Value out(Json::objectValue);
    Json::Value& address = out["endpoint"]["address"];
    if (host.path.empty()) {
      address["socket_address"]["address"] = host.ip;
      address["socket_address"]["port_value"] = host.port;
    } else {
      address["pipe"]["path"] = host.path;
    }
    if (!host.hostname.empty()) out["endpoint"]["hostname"] = host.hostname;
    out["health_status"] = host.healthy ? "HEALTHY" : "UNHEALTHY";
    out["load_balancing_weight"] = host.weight;
    return out;
  }

  const AdminContext& context_;
  const ConfigDumpOptions& options_;
  Json::Value config_;
  std::string updated_;
};

// Copies what `path` ("a.b.c") names, from one object to another.
void keepPath(const Json::Value& from, std::string_view path, Json::Value& to) {
  const size_t dot = path.find('.');
  const std::string name(path.substr(0, dot));
  if (!from.isObject() || !from.isMember(name)) return;
  if (dot == std::string_view::npos) {
    to[name] = from[name];
  } else {
    keepPath(from[name], path.substr(dot + 1), to[name]);
  }
}

Json::Value masked(const Json::Value& value, const std::string& mask) {
  if (mask.empty()) return value;
  Json::Value out(Json::objectValue);
  if (value.isMember("@type")) out["@type"] = value["@type"];
  for (std::string_view path : base::split(mask, ',')) keepPath(value, path, out);
  return out;
}

}  // namespace

base::Result<Json::Value> configDump(const AdminContext& context,
                                     const ConfigDumpOptions& options) {
  const Json::Value all = Dump(context, options).all();
  Json::Value configs(Json::arrayValue);
  bool found = options.resource.empty();
  for (const Json::Value& dump : all) {
    if (options.resource.empty()) {
      configs.append(masked(dump, options.mask));
    } else if (dump.isMember(options.resource)) {
      found = true;
      for (const Json::Value& item : dump[options.resource]) {
        configs.append(masked(item, options.mask));
      }
    }
  }
  if (!found) {
    return base::Error::make(base::ErrorKind::NotFound,
                             options.resource + " not found in config dump");
  }
  Json::Value out(Json::objectValue);
  out["configs"] = configs;
  return out;
}

}  // namespace convoy::master
