#include "common/ipc/messages.h"

#include "common/base/json.h"

namespace convoy::ipc {
namespace {

using base::getBool;
using base::getInt;
using base::getString;
using base::getUint;

// Every payload is one JSON object: null if the text is anything else.
Json::Value objectOf(const std::string& text) {
  base::Result<Json::Value> parsed = base::parseJson(text);
  if (!parsed.ok() || !parsed->isObject()) return Json::Value();
  return std::move(parsed).value();
}

const Json::Value* arrayAt(const Json::Value& object, const char* key) {
  if (!object.isObject() || !object.isMember(key) || !object[key].isArray()) return nullptr;
  return &object[key];
}

Json::Value numbers(const std::vector<uint32_t>& list) {
  Json::Value out(Json::arrayValue);
  for (uint32_t number : list) out.append(number);
  return out;
}

bool getNumbers(const Json::Value& object, const char* key, std::vector<uint32_t>* out) {
  const Json::Value* list = arrayAt(object, key);
  if (list == nullptr) return false;
  for (const Json::Value& number : *list) {
    if (!number.isUInt()) return false;
    out->push_back(number.asUInt());
  }
  return true;
}

Json::Value hostToJson(const EndpointHost& host) {
  Json::Value v(Json::objectValue);
  v["ip"] = host.ip;
  v["port"] = host.port;
  v["path"] = host.path;
  v["hostname"] = host.hostname;
  v["weight"] = host.weight;
  v["priority"] = host.priority;
  v["healthy"] = host.healthy;
  if (host.locality_weight != 0) {
    v["locality"] = host.locality;
    v["locality_weight"] = host.locality_weight;
  }
  if (host.degraded) v["degraded"] = true;
  if (host.excluded) v["excluded"] = true;
  if (host.endpoint != 0) v["endpoint"] = host.endpoint;
  return v;
}

bool optional(const Json::Value& v, const char* key, bool* out) {
  return !v.isMember(key) || getBool(v, key, out);
}

bool hostFromJson(const Json::Value& v, EndpointHost* out) {
  uint32_t port = 0;
  if (!getUint(v, "port", &port) || port > 65535) return false;
  out->port = static_cast<uint16_t>(port);
  return optional(v, "degraded", &out->degraded) && optional(v, "excluded", &out->excluded) &&
         (!v.isMember("endpoint") || getUint(v, "endpoint", &out->endpoint)) &&
         getString(v, "ip", &out->ip) && getString(v, "path", &out->path) &&
         getString(v, "hostname", &out->hostname) && getUint(v, "weight", &out->weight) &&
         getUint(v, "priority", &out->priority) && getBool(v, "healthy", &out->healthy) &&
         (!v.isMember("locality_weight") || (getUint(v, "locality", &out->locality) &&
                                             getUint(v, "locality_weight", &out->locality_weight)));
}

bool clusterHostsFromJson(const Json::Value& v, EndpointsPayload::ClusterHosts* out) {
  const Json::Value* hosts = arrayAt(v, "hosts");
  if (!getUint(v, "cluster", &out->cluster) || hosts == nullptr) return false;
  for (const Json::Value& host : *hosts) {
    if (!hostFromJson(host, &out->hosts.emplace_back())) return false;
  }
  return true;
}

}  // namespace

bool knownMessageType(uint16_t type) {
  return (type >= static_cast<uint16_t>(MessageType::Config) &&
          type <= static_cast<uint16_t>(MessageType::Health)) ||
         (type >= static_cast<uint16_t>(MessageType::Hello) &&
          type <= static_cast<uint16_t>(MessageType::HostStatsTold));
}

std::string toJson(const ConfigPayload& p) {
  Json::Value v(Json::objectValue);
  v["generation"] = p.generation;
  v["slot"] = p.slot;
  v["concurrency"] = p.concurrency;
  v["layout_hash"] = Json::Value::UInt64{p.layout_hash};
  v["cell_count"] = Json::Value::UInt64{p.cell_count};
  v["uid"] = Json::Value::Int64{p.uid};
  v["gid"] = Json::Value::Int64{p.gid};
  v["orphan_grace_ms"] = Json::Value::UInt64{p.orphan_grace_ms};
  v["log_level"] = p.log_level;
  v["service_node"] = p.service_node;
  v["service_cluster"] = p.service_cluster;
  v["service_zone"] = p.service_zone;
  return base::writeJson(v);
}

bool fromJson(const std::string& text, ConfigPayload* out) {
  const Json::Value v = objectOf(text);
  return getUint(v, "generation", &out->generation) && getUint(v, "slot", &out->slot) &&
         getUint(v, "concurrency", &out->concurrency) &&
         getUint(v, "layout_hash", &out->layout_hash) &&
         getUint(v, "cell_count", &out->cell_count) && getInt(v, "uid", &out->uid) &&
         getInt(v, "gid", &out->gid) && getUint(v, "orphan_grace_ms", &out->orphan_grace_ms) &&
         getString(v, "log_level", &out->log_level) &&
         getString(v, "service_node", &out->service_node) &&
         getString(v, "service_cluster", &out->service_cluster) &&
         getString(v, "service_zone", &out->service_zone);
}

std::string toJson(const LimitsPayload& p) {
  Json::Value v(Json::objectValue);
  v["seats"] = numbers(p.seats);
  return base::writeJson(v);
}

bool fromJson(const std::string& text, LimitsPayload* out) {
  return getNumbers(objectOf(text), "seats", &out->seats);
}

std::string toJson(const ListenersPayload& p) {
  Json::Value v(Json::objectValue);
  v["indices"] = numbers(p.indices);
  return base::writeJson(v);
}

bool fromJson(const std::string& text, ListenersPayload* out) {
  return getNumbers(objectOf(text), "indices", &out->indices);
}

std::string toJson(const LogsPayload& p) {
  Json::Value v(Json::objectValue);
  Json::Value& paths = v["paths"] = Json::Value(Json::arrayValue);
  for (const std::string& path : p.paths) paths.append(path);
  return base::writeJson(v);
}

bool fromJson(const std::string& text, LogsPayload* out) {
  const Json::Value v = objectOf(text);
  const Json::Value* paths = arrayAt(v, "paths");
  if (paths == nullptr) return false;
  for (const Json::Value& path : *paths) {
    if (!path.isString()) return false;
    out->paths.push_back(path.asString());
  }
  return true;
}

std::string toJson(const EndpointsPayload& p) {
  Json::Value v(Json::objectValue);
  Json::Value& clusters = v["clusters"] = Json::Value(Json::arrayValue);
  for (const EndpointsPayload::ClusterHosts& cluster : p.clusters) {
    Json::Value c(Json::objectValue);
    c["cluster"] = cluster.cluster;
    Json::Value& hosts = c["hosts"] = Json::Value(Json::arrayValue);
    for (const EndpointHost& host : cluster.hosts) hosts.append(hostToJson(host));
    clusters.append(std::move(c));
  }
  return base::writeJson(v);
}

bool fromJson(const std::string& text, EndpointsPayload* out) {
  const Json::Value v = objectOf(text);
  const Json::Value* clusters = arrayAt(v, "clusters");
  if (clusters == nullptr) return false;
  for (const Json::Value& cluster : *clusters) {
    if (!clusterHostsFromJson(cluster, &out->clusters.emplace_back())) return false;
  }
  return true;
}

namespace {

bool getDeadlines(const Json::Value& object, DrainPayload* out) {
  const Json::Value* list = arrayAt(object, "deadlines_ms");
  if (list == nullptr || list->size() != out->listeners.size()) return false;
  for (const Json::Value& number : *list) {
    if (!number.isUInt64()) return false;
    out->deadlines_ms.push_back(number.asUInt64());
  }
  return true;
}

}  // namespace

std::string toJson(const DrainPayload& p) {
  Json::Value v(Json::objectValue);
  v["deadline_ms"] = Json::Value::UInt64{p.deadline_ms};
  v["stopping"] = p.stopping;
  v["keep_accepting"] = numbers(p.keep_accepting);
  v["announced_ms"] = Json::Value::UInt64{p.announced_ms};
  v["stay"] = p.stay;
  v["listeners"] = numbers(p.listeners);
  Json::Value& deadlines = v["deadlines_ms"] = Json::Value(Json::arrayValue);
  for (uint64_t deadline : p.deadlines_ms) deadlines.append(Json::Value::UInt64{deadline});
  return base::writeJson(v);
}

bool fromJson(const std::string& text, DrainPayload* out) {
  const Json::Value v = objectOf(text);
  return getUint(v, "deadline_ms", &out->deadline_ms) && getBool(v, "stopping", &out->stopping) &&
         getNumbers(v, "keep_accepting", &out->keep_accepting) &&
         getUint(v, "announced_ms", &out->announced_ms) && getBool(v, "stay", &out->stay) &&
         getNumbers(v, "listeners", &out->listeners) && getDeadlines(v, out);
}

std::string toJson(const SuccessorPayload& p) {
  Json::Value v(Json::objectValue);
  v["listeners"] = numbers(p.listeners);
  Json::Value& removed = v["removed_clusters"] = Json::Value(Json::arrayValue);
  for (const std::string& name : p.removed_clusters) removed.append(name);
  return base::writeJson(v);
}

bool fromJson(const std::string& text, SuccessorPayload* out) {
  const Json::Value v = objectOf(text);
  const Json::Value* removed = arrayAt(v, "removed_clusters");
  if (removed == nullptr || !getNumbers(v, "listeners", &out->listeners)) return false;
  for (const Json::Value& name : *removed) {
    if (!name.isString()) return false;
    out->removed_clusters.push_back(name.asString());
  }
  return true;
}

std::string toJson(const AdoptPayload& p) {
  Json::Value v(Json::objectValue);
  v["slot"] = p.slot;
  v["indices"] = numbers(p.indices);
  return base::writeJson(v);
}

bool fromJson(const std::string& text, AdoptPayload* out) {
  const Json::Value v = objectOf(text);
  return getUint(v, "slot", &out->slot) && getNumbers(v, "indices", &out->indices);
}

std::string toJson(const HostFailingPayload& p) {
  Json::Value v(Json::objectValue);
  v["cluster"] = p.cluster;
  v["ip"] = p.ip;
  v["port"] = p.port;
  v["path"] = p.path;
  v["gateway"] = p.gateway;
  v["local_origin"] = p.local_origin;
  return base::writeJson(v);
}

// Lists, not objects: they come often, and of many hosts.
std::string toJson(const HostRatesPayload& p) {
  Json::Value v(Json::objectValue);
  v["cluster"] = p.cluster;
  Json::Value& hosts = v["hosts"] = Json::Value(Json::arrayValue);
  for (const HostRatesPayload::Host& host : p.hosts) {
    Json::Value row(Json::arrayValue);
    row.append(host.ip);
    row.append(host.port);
    row.append(host.path);
    for (uint64_t n : {host.good, host.bad, host.local_good, host.local_bad}) {
      row.append(Json::Value::UInt64{n});
    }
    hosts.append(std::move(row));
  }
  return base::writeJson(v);
}

bool fromJson(const std::string& text, HostRatesPayload* out) {
  const Json::Value v = objectOf(text);
  const Json::Value* hosts = arrayAt(v, "hosts");
  if (hosts == nullptr || !getUint(v, "cluster", &out->cluster)) return false;
  for (const Json::Value& row : *hosts) {
    if (!row.isArray() || row.size() != 7 || !row[0].isString() || !row[1].isUInt() ||
        row[1].asUInt() > 65535 || !row[2].isString()) {
      return false;
    }
    for (Json::ArrayIndex i = 3; i < 7; ++i) {
      if (!row[i].isUInt64()) return false;
    }
    out->hosts.push_back({row[0].asString(), static_cast<uint16_t>(row[1].asUInt()),
                          row[2].asString(), row[3].asUInt64(), row[4].asUInt64(),
                          row[5].asUInt64(), row[6].asUInt64()});
  }
  return true;
}
bool fromJson(const std::string& text, HostFailingPayload* out) {
  const Json::Value v = objectOf(text);
  uint32_t port = 0;
  if (!getUint(v, "port", &port) || port > 65535) return false;
  out->port = static_cast<uint16_t>(port);
  return getUint(v, "cluster", &out->cluster) && getString(v, "ip", &out->ip) &&
         getString(v, "path", &out->path) && getBool(v, "gateway", &out->gateway) &&
         optional(v, "local_origin", &out->local_origin);
}

std::string toJson(const ReleasePayload& p) {
  Json::Value v(Json::objectValue);
  v["slot"] = p.slot;
  return base::writeJson(v);
}

bool fromJson(const std::string& text, ReleasePayload* out) {
  return getUint(objectOf(text), "slot", &out->slot);
}

std::string toJson(const StopAcceptPayload& p) {
  Json::Value v(Json::objectValue);
  v["indices"] = numbers(p.indices);
  return base::writeJson(v);
}

bool fromJson(const std::string& text, StopAcceptPayload* out) {
  return getNumbers(objectOf(text), "indices", &out->indices);
}

std::string toJson(const HelloPayload& p) {
  Json::Value v(Json::objectValue);
  v["protocol"] = p.protocol;
  v["build"] = p.build;
  v["pid"] = p.pid;
  return base::writeJson(v);
}

bool fromJson(const std::string& text, HelloPayload* out) {
  const Json::Value v = objectOf(text);
  uint32_t protocol = 0;
  if (!getUint(v, "protocol", &protocol) || protocol > 65535) return false;
  out->protocol = static_cast<uint16_t>(protocol);
  return getString(v, "build", &out->build) && getUint(v, "pid", &out->pid);
}

std::string toJson(const DrainProgressPayload& p) {
  Json::Value v(Json::objectValue);
  v["connections"] = Json::Value::UInt64{p.connections};
  v["requests"] = Json::Value::UInt64{p.requests};
  v["http"] = Json::Value::UInt64{p.http};
  v["tcp"] = Json::Value::UInt64{p.tcp};
  v["upgrade"] = Json::Value::UInt64{p.upgrade};
  v["upstream"] = Json::Value::UInt64{p.upstream};
  v["forced_http"] = Json::Value::UInt64{p.forced_http};
  v["forced_tcp"] = Json::Value::UInt64{p.forced_tcp};
  v["forced_upgrade"] = Json::Value::UInt64{p.forced_upgrade};
  return base::writeJson(v);
}

bool fromJson(const std::string& text, DrainProgressPayload* out) {
  const Json::Value v = objectOf(text);
  return getUint(v, "connections", &out->connections) && getUint(v, "requests", &out->requests) &&
         getUint(v, "http", &out->http) && getUint(v, "tcp", &out->tcp) &&
         getUint(v, "upgrade", &out->upgrade) && getUint(v, "upstream", &out->upstream) &&
         getUint(v, "forced_http", &out->forced_http) &&
         getUint(v, "forced_tcp", &out->forced_tcp) &&
         getUint(v, "forced_upgrade", &out->forced_upgrade);
}

}  // namespace convoy::ipc
