// The names under which filters count over all workers: such a name lasts as long as the filter is
// the same one, whatever else a reload changes. What has another bucket begins with a full one.
#include <string>

#include "common/stats/directory.h"

namespace convoy::stats {

namespace {

// Clusters' names have no line feed at their front.
std::string bucketName(const config::TokenBucket& bucket) {
  return "\n" + std::to_string(bucket.max_tokens) + "/" + std::to_string(bucket.tokens_per_fill) +
         "/" + std::to_string(bucket.fill_interval_ms);
}

}  // namespace

size_t Directory::addSeat(std::string name) {
  const auto [known, added] = filter_seats_.try_emplace(std::move(name), seat_names_.size());
  if (added) seat_names_.push_back(known->first);
  return known->second;
}

// Of several with one name in one place, each is another one.
size_t Directory::addOwnSeat(const std::string& name) {
  std::string each = name;
  for (size_t n = 2; filter_seats_.count(each) != 0; ++n) each = name + "\n" + std::to_string(n);
  return addSeat(std::move(each));
}

size_t Directory::seatOf(const config::NetworkFilter& filter, const std::string& place) {
  if (const auto* limit = std::get_if<config::ConnectionLimit>(&filter)) {
    return addOwnSeat("\nconnections" + place + limit->stat_prefix);
  }
  if (const auto* rate = std::get_if<config::ConnectionRate>(&filter)) {
    const std::string bucket = bucketName(rate->bucket);
    if (!rate->share_key.empty()) return addSeat("\nshared rate\n" + rate->share_key + bucket);
    return addOwnSeat("\nrate" + place + rate->stat_prefix + bucket);
  }
  return kNoSeat;
}

void Directory::addHttpRate(const config::FilterSettings* settings, const std::string& place,
                            Known& known) {
  if (settings == nullptr) return;
  const auto* rate = std::get_if<config::RateLimitFilter>(settings);
  if (rate == nullptr) return;
  const std::string& p = rate->stat_prefix;
  HttpRate& out = http_rates_[rate];
  out.first_cell = addBlock({Scope::HttpRate,
                             p + ".http_local_rate_limit.",
                             {{"envoy_local_http_ratelimit_prefix", p}},
                             0},
                            known);
  if (rate->bucket && !rate->per_connection) {
    out.seat = addOwnSeat("\nhttp rate" + place + p + bucketName(*rate->bucket));
  }
}

void Directory::addHttpRates(const config::HttpConnectionManager& http, const std::string& place,
                             Known& known) {
  const auto overrides = [&](const config::FilterOverrides& list, const std::string& at) {
    for (const config::FilterOverride& one : list) {
      addHttpRate(one.settings.get(), at + one.name + "\n", known);
    }
  };
  for (size_t i = 0; i < http.http_filters.size(); ++i) {
    addHttpRate(http.http_filters[i].settings.get(), place + std::to_string(i) + "\n", known);
  }
  overrides(http.route_config.filters, place + "routes\n");
  for (const config::VirtualHost& host : http.route_config.virtual_hosts) {
    const std::string at = place + "routes\n" + host.name + "\n";
    overrides(host.filters, at);
    for (size_t i = 0; i < host.routes.size(); ++i) {
      const std::string& name = host.routes[i].name;
      overrides(host.routes[i].filters, at + (name.empty() ? std::to_string(i) : name) + "\n");
    }
  }
}

Directory::HttpRate Directory::httpRate(const config::RateLimitFilter& settings) const {
  const auto found = http_rates_.find(&settings);
  return found == http_rates_.end() ? HttpRate{} : found->second;
}

}  // namespace convoy::stats
