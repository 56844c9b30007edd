#include "common/ipc/host_stats.h"

#include <array>

#include "common/base/json.h"

namespace convoy::ipc {

namespace {

// In the order in which a message has them.
constexpr std::array kNumbers = {&HostNumbers::active,
                                 &HostNumbers::cx_active,
                                 &HostNumbers::cx_connect_fail,
                                 &HostNumbers::cx_total,
                                 &HostNumbers::rq_active,
                                 &HostNumbers::rq_error,
                                 &HostNumbers::rq_pending_active,
                                 &HostNumbers::rq_success,
                                 &HostNumbers::rq_timeout,
                                 &HostNumbers::rq_total,
                                 &HostNumbers::tcp_error,
                                 &HostNumbers::tcp_success,
                                 &HostNumbers::timed,
                                 &HostNumbers::time_us};
static_assert(sizeof(HostNumbers) == kNumbers.size() * sizeof(uint64_t));

bool readNumbers(const Json::Value& list, HostNumbers* out) {
  if (!list.isArray() || list.size() != kNumbers.size()) return false;
  for (Json::ArrayIndex i = 0; i < list.size(); ++i) {
    if (!list[i].isUInt64()) return false;
    out->*kNumbers[i] = list[i].asUInt64();
  }
  return true;
}

}  // namespace

HostNumbers& operator+=(HostNumbers& sum, const HostNumbers& more) {
  for (const auto number : kNumbers) sum.*number += more.*number;
  return sum;
}

std::string toJson(const HostStatsPayload& p) {
  Json::Value v(Json::objectValue);
  v["clusters"] = Json::Value(Json::arrayValue);
  for (uint32_t cluster : p.clusters) v["clusters"].append(cluster);
  v["first"] = p.first;
  v["question"] = p.question;
  return base::writeJson(v);
}

bool fromJson(const std::string& text, HostStatsPayload* out) {
  const auto v = base::parseJson(text);
  if (!v.ok() || !v->isObject() || !(*v)["clusters"].isArray()) return false;
  for (const Json::Value& cluster : (*v)["clusters"]) {
    if (!cluster.isUInt()) return false;
    out->clusters.push_back(cluster.asUInt());
  }
  return out->clusters.size() <= HostStatsPayload::kMaxClusters &&
         base::getUint(*v, "first", &out->first) && base::getUint(*v, "question", &out->question);
}

std::string toJson(const HostStatsToldPayload& p) {
  Json::Value v(Json::objectValue);
  v["question"] = p.question;
  v["hosts"] = Json::Value(Json::arrayValue);
  for (const HostStatsToldPayload::Host& host : p.hosts) {
    Json::Value one(Json::objectValue);
    one["cluster"] = host.cluster;
    one["address"] = host.address;
    Json::Value& numbers = one["numbers"] = Json::Value(Json::arrayValue);
    for (const auto number : kNumbers) numbers.append(Json::UInt64{host.numbers.*number});
    v["hosts"].append(std::move(one));
  }
  return base::writeJson(v);
}

bool fromJson(const std::string& text, HostStatsToldPayload* out) {
  const auto v = base::parseJson(text);
  if (!v.ok() || !v->isObject() || !(*v)["hosts"].isArray()) return false;
  if (!base::getUint(*v, "question", &out->question)) return false;
  if ((*v)["hosts"].size() > HostStatsPayload::kMaxClusters * HostStatsToldPayload::kMaxHosts) {
    return false;
  }
  for (const Json::Value& one : (*v)["hosts"]) {
    HostStatsToldPayload::Host host;
    if (!one.isObject() || !base::getUint(one, "cluster", &host.cluster) ||
        !base::getString(one, "address", &host.address) ||
        !readNumbers(one["numbers"], &host.numbers)) {
      return false;
    }
    out->hosts.push_back(std::move(host));
  }
  return true;
}

}  // namespace convoy::ipc
