// model/load_balancing: how hosts of a cluster are chosen: config.cluster.v3.Cluster's lb_* fields,
// or the same as a load_balancing_policy. Values with Envoy's defaults.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace convoy::config {

// filter_metadata "envoy.lb": names and values (as JSON text, so that 1 and "1" are two), by name.
using LbMetadata = std::vector<std::pair<std::string, std::string>>;

inline const std::string* findMetadata(const LbMetadata& metadata, const std::string& name) {
  const auto at = std::find_if(metadata.begin(), metadata.end(),
                               [&name](const auto& entry) { return entry.first == name; });
  return at == metadata.end() ? nullptr : &at->second;
}

struct SlowStart {
  uint64_t window_ms = 0;
  double aggression = 1.0;
  double min_weight_percent = 10;
};

struct LbSubset {
  enum class Fallback : uint8_t { None, AnyEndpoint, DefaultSubset, KeysSubset };
  struct Selector {
    std::vector<std::string> keys;  // sorted
    std::optional<Fallback> fallback;
    std::vector<std::string> fallback_keys;  // sorted
  };
  Fallback fallback = Fallback::None;
  LbMetadata default_subset;
  std::vector<Selector> selectors;
  bool panic_mode_any = false;
  bool list_as_any = false;
};

struct LoadBalancing {
  enum class Policy : uint8_t { RoundRobin, LeastRequest, Random, RingHash, Maglev };
  Policy policy = Policy::RoundRobin;
  // LeastRequest
  uint32_t choice_count = 2;
  double active_request_bias = 1.0;
  std::optional<SlowStart> slow_start;  // also RoundRobin
  // RingHash
  uint64_t min_ring_size = 1024;
  uint64_t max_ring_size = 8 * 1024 * 1024;
  bool murmur_hash = false;
  // Maglev
  uint64_t table_size = 65537;
  // RingHash, Maglev
  bool use_hostname_for_hashing = false;
  uint32_t hash_balance_factor = 0;  // percent of the mean load that a host takes at most; 0: any
  // Priorities
  uint32_t healthy_panic_threshold = 50;
  bool fail_traffic_on_panic = false;
  uint32_t overprovisioning_factor = 140;
  bool locality_weighted = false;  // localities share the load by their weights
  std::optional<LbSubset> subset;
};

}  // namespace convoy::config
