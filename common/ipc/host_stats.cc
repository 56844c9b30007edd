#include "common/ipc/host_stats.h"

#include "common/base/json.h"

namespace convoy::ipc {

HostNumbers& operator+=(HostNumbers& sum, const HostNumbers& more) {
  sum.active += more.active;
  sum.answers += more.answers;
  sum.errors += more.errors;
  sum.timed += more.timed;
  sum.time_us += more.time_us;
  return sum;
}

std::string toJson(const HostStatsPayload& p) {
  Json::Value v(Json::objectValue);
  v["clusters"] = Json::Value(Json::arrayValue);
  for (uint32_t cluster : p.clusters) v["clusters"].append(cluster);
  return base::writeJson(v);
}

bool fromJson(const std::string& text, HostStatsPayload* out) {
  const auto v = base::parseJson(text);
  if (!v.ok() || !v->isObject() || !(*v)["clusters"].isArray()) return false;
  for (const Json::Value& cluster : (*v)["clusters"]) {
    if (!cluster.isUInt()) return false;
    out->clusters.push_back(cluster.asUInt());
  }
  return out->clusters.size() <= HostStatsPayload::kMaxClusters;
}

std::string toJson(const HostStatsToldPayload& p) {
  Json::Value v(Json::objectValue);
  v["hosts"] = Json::Value(Json::arrayValue);
  for (const HostStatsToldPayload::Host& host : p.hosts) {
    Json::Value one(Json::objectValue);
    one["cluster"] = host.cluster;
    one["address"] = host.address;
    one["active"] = Json::UInt64{host.numbers.active};
    one["answers"] = Json::UInt64{host.numbers.answers};
    one["errors"] = Json::UInt64{host.numbers.errors};
    one["timed"] = Json::UInt64{host.numbers.timed};
    one["time_us"] = Json::UInt64{host.numbers.time_us};
    v["hosts"].append(std::move(one));
  }
  return base::writeJson(v);
}

bool fromJson(const std::string& text, HostStatsToldPayload* out) {
  const auto v = base::parseJson(text);
  if (!v.ok() || !v->isObject() || !(*v)["hosts"].isArray()) return false;
  if ((*v)["hosts"].size() > HostStatsPayload::kMaxClusters * HostStatsToldPayload::kMaxHosts) {
    return false;
  }
  for (const Json::Value& one : (*v)["hosts"]) {
    HostStatsToldPayload::Host host;
    HostNumbers& n = host.numbers;
    if (!one.isObject() || !base::getUint(one, "cluster", &host.cluster) ||
        !base::getString(one, "address", &host.address) ||
        !base::getUint(one, "active", &n.active) || !base::getUint(one, "answers", &n.answers) ||
        !base::getUint(one, "errors", &n.errors) || !base::getUint(one, "timed", &n.timed) ||
        !base::getUint(one, "time_us", &n.time_us)) {
      return false;
    }
    out->hosts.push_back(std::move(host));
  }
  return true;
}

}  // namespace convoy::ipc
