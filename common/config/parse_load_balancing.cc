// How hosts are chosen, in both spellings: lb_policy and the *_lb_config fields of a cluster, or a
// load_balancing_policy.
#include <algorithm>
#include <array>

#include "common/config/parse.h"
#include "common/config/schema.h"

namespace convoy::config {

namespace {

using Policy = LoadBalancing::Policy;

constexpr std::string_view kCluster = "envoy.config.cluster.v3.Cluster.";
constexpr std::string_view kExtension = "envoy.extensions.load_balancing_policies.";
constexpr uint64_t kMaxRing = 8 * 1024 * 1024;
constexpr uint64_t kMaxTable = 5000011;

// The schema's own text: a Reader keeps the name of its message until it reports what nobody read.
std::string_view in(std::string_view package, std::string_view message) {
  const MessageInfo* known = findMessage(std::string(package) + std::string(message));
  return known == nullptr ? message : known->name;
}

double parseRuntimeDouble(const TreeNode& node, const std::string& path, Diagnostics& d) {
  Reader r(node, path, "envoy.config.core.v3.RuntimeDouble", d);
  r.ignore("runtime_key");
  r.required("default_value");
  return r.number("default_value", 1.0);
}

// `type`: a cluster's own message, or the extensions'.
void parseSlowStart(Reader& from, std::string_view type, LoadBalancing& out, Diagnostics& d) {
  from.message("slow_start_config", [&](const TreeNode& node, const std::string& path) {
    Reader r(node, path, type, d);
    SlowStart& made = out.slow_start.emplace();
    made.window_ms = r.durationMs("slow_start_window").value_or(0);
    r.message("aggression", [&](const TreeNode& n, const std::string& p) {
      made.aggression = parseRuntimeDouble(n, p, d);
      if (made.aggression <= 0) {
        r.error("aggression", code::kWrongValue, "aggression is above 0");
        made.aggression = 1;
      }
    });
    r.message("min_weight_percent", [&](const TreeNode& n, const std::string& p) {
      made.min_weight_percent = parsePercent(n, p, d);
    });
    if (made.window_ms == 0) out.slow_start.reset();
  });
}

void parseLeastRequest(Reader& r, std::string_view slow_start, LoadBalancing& out, Diagnostics& d) {
  out.choice_count = static_cast<uint32_t>(r.uint("choice_count", 2));
  if (out.choice_count < 2) {
    r.error("choice_count", code::kWrongValue, "choice_count is at least 2");
  }
  r.message("active_request_bias", [&](const TreeNode& n, const std::string& p) {
    out.active_request_bias = parseRuntimeDouble(n, p, d);
    // Envoy takes 1 for what is below 0.
    if (out.active_request_bias < 0) out.active_request_bias = 1;
  });
  parseSlowStart(r, slow_start, out, d);
}

void parseConsistentHashing(const TreeNode& node, const std::string& path, std::string_view type,
                            LoadBalancing& out, Diagnostics& d) {
  Reader r(node, path, type, d);
  out.use_hostname_for_hashing = r.boolean("use_hostname_for_hashing", false);
  out.hash_balance_factor = static_cast<uint32_t>(r.uint("hash_balance_factor", 0));
  if (out.hash_balance_factor != 0 && out.hash_balance_factor < 100) {
    r.error("hash_balance_factor", code::kWrongValue, "hash_balance_factor is at least 100",
            "150 lets a host take one and a half times the mean load");
  }
  if (type.ends_with("v3.ConsistentHashingLbConfig") && type.starts_with(kExtension)) {
    r.unsupported("hash_policy", "the hash_policy of the route counts");
  }
}

void parseRingHash(Reader& r, LoadBalancing& out) {
  out.min_ring_size = r.uint("minimum_ring_size", out.min_ring_size, kMaxRing);
  out.max_ring_size = r.uint("maximum_ring_size", out.max_ring_size, kMaxRing);
  if (out.min_ring_size > out.max_ring_size) {
    r.error("minimum_ring_size", code::kWrongValue,
            "minimum_ring_size is not above maximum_ring_size");
  }
}

bool isPrime(uint64_t n) {
  if (n < 2) return false;
  for (uint64_t i = 2; i * i <= n; ++i) {
    if (n % i == 0) return false;
  }
  return true;
}

void parseMaglev(Reader& r, LoadBalancing& out) {
  out.table_size = r.uint("table_size", out.table_size, kMaxTable);
  if (!isPrime(out.table_size)) {
    r.error("table_size", code::kWrongValue, "the table size of maglev is a prime number",
            "65537 and 131071 are two");
  }
}

LbSubset::Fallback fallbackOf(int number) {
  return static_cast<LbSubset::Fallback>(number);
}

std::vector<std::string> sorted(std::vector<std::string> list) {
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
  return list;
}

LbSubset::Selector parseSelector(const TreeNode& node, const std::string& path, Diagnostics& d) {
  LbSubset::Selector out;
  Reader r(node, path, in(kCluster, "LbSubsetConfig.LbSubsetSelector"), d);
  out.keys = sorted(r.texts("keys"));
  const int fallback = r.enumeration("fallback_policy",
                                     {{"NOT_DEFINED", 0, 0},
                                      {"NO_FALLBACK", 1, 1},
                                      {"ANY_ENDPOINT", 2, 2},
                                      {"DEFAULT_SUBSET", 3, 3},
                                      {"KEYS_SUBSET", 4, 4}},
                                     0);
  if (fallback > 0) out.fallback = fallbackOf(fallback - 1);
  out.fallback_keys = sorted(r.texts("fallback_keys_subset"));
  if (fallback == 4 && (out.fallback_keys.empty() || out.fallback_keys == out.keys ||
                        !std::includes(out.keys.begin(), out.keys.end(), out.fallback_keys.begin(),
                                       out.fallback_keys.end()))) {
    r.error("fallback_keys_subset", code::kWrongValue,
            "fallback_keys_subset is some of the keys, and not all");
  }
  r.unsupported("single_host_per_subset", "a subset of one host is one like any other");
  return out;
}

LbSubset parseSubset(const TreeNode& node, const std::string& path, Diagnostics& d) {
  LbSubset out;
  Reader r(node, path, in(kCluster, "LbSubsetConfig"), d);
  out.fallback = fallbackOf(
      r.enumeration("fallback_policy",
                    {{"NO_FALLBACK", 0, 0}, {"ANY_ENDPOINT", 1, 1}, {"DEFAULT_SUBSET", 2, 2}}, 0));
  if (const TreeNode* subset = r.node("default_subset")) out.default_subset = lbMetadata(*subset);
  r.list("subset_selectors", [&](const TreeNode& n, const std::string& p) {
    out.selectors.push_back(parseSelector(n, p, d));
  });
  out.panic_mode_any = r.boolean("panic_mode_any", false);
  out.list_as_any = r.boolean("list_as_any", false);
  r.unsupported("locality_weight_aware", "localities of a subset share no load by weight");
  r.unsupported("scale_locality_weight", "localities of a subset share no load by weight");
  r.enumeration("metadata_fallback_policy",
                {{"METADATA_NO_FALLBACK", 0, 0}, {"FALLBACK_LIST", 1, -1}}, 0);
  return out;
}

void parseZoneAware(const TreeNode& node, const std::string& path, std::string_view type,
                    LoadBalancing& out, Diagnostics& d) {
  Reader r(node, path, type, d);
  out.fail_traffic_on_panic = r.boolean("fail_traffic_on_panic", false);
  // Without a local cluster (cluster_manager) Envoy routes to no zone either.
  r.ignore("routing_enabled");
  r.ignore("min_cluster_size");
  r.ignore("force_locality_direct_routing");
  if (type.starts_with(kExtension)) {
    r.ignore("locality_basis");
    r.ignore("force_local_zone");
  }
}

void parseLocality(Reader& r, std::string_view zone_aware, LoadBalancing& out, Diagnostics& d) {
  r.oneOf({"zone_aware_lb_config", "locality_weighted_lb_config"});
  out.locality_weighted = r.has("locality_weighted_lb_config");
  r.message("zone_aware_lb_config", [&](const TreeNode& n, const std::string& p) {
    parseZoneAware(n, p, zone_aware, out, d);
  });
}

// --- load_balancing_policies.* ---

void parseLocalityOf(Reader& from, LoadBalancing& out, Diagnostics& d) {
  from.message("locality_lb_config", [&](const TreeNode& n, const std::string& p) {
    Reader r(n, p, in(kExtension, "common.v3.LocalityLbConfig"), d);
    parseLocality(r, in(kExtension, "common.v3.LocalityLbConfig.ZoneAwareLbConfig"), out, d);
  });
}

void parseHashing(Reader& from, LoadBalancing& out, Diagnostics& d) {
  from.message("consistent_hashing_lb_config", [&](const TreeNode& n, const std::string& p) {
    parseConsistentHashing(n, p, in(kExtension, "common.v3.ConsistentHashingLbConfig"), out, d);
  });
  out.locality_weighted = from.has("locality_weighted_lb_config");
}

void parseTyped(const TreeNode& node, const std::string& path, std::string_view kind,
                LoadBalancing& out, Diagnostics& d) {
  const std::string_view slow_start = in(kExtension, "common.v3.SlowStartConfig");
  if (kind == "RoundRobin") {
    Reader r(node, path, in(kExtension, "round_robin.v3.RoundRobin"), d);
    parseSlowStart(r, slow_start, out, d);
    parseLocalityOf(r, out, d);
  } else if (kind == "Random") {
    out.policy = Policy::Random;
    Reader r(node, path, in(kExtension, "random.v3.Random"), d);
    parseLocalityOf(r, out, d);
  } else if (kind == "LeastRequest") {
    out.policy = Policy::LeastRequest;
    Reader r(node, path, in(kExtension, "least_request.v3.LeastRequest"), d);
    parseLeastRequest(r, slow_start, out, d);
    parseLocalityOf(r, out, d);
    r.unsupported("enable_full_scan", "the better of choice_count hosts is taken");
    r.enumeration("selection_method", {{"N_CHOICES", 0, 0}, {"FULL_SCAN", 1, -1}}, 0);
  } else if (kind == "RingHash") {
    out.policy = Policy::RingHash;
    Reader r(node, path, in(kExtension, "ring_hash.v3.RingHash"), d);
    out.murmur_hash =
        r.enumeration("hash_function",
                      {{"DEFAULT_HASH", 0, 0}, {"XX_HASH", 1, 0}, {"MURMUR_HASH_2", 2, 1}}, 0) == 1;
    parseRingHash(r, out);
    out.use_hostname_for_hashing = r.boolean("use_hostname_for_hashing", false);
    out.hash_balance_factor = static_cast<uint32_t>(r.uint("hash_balance_factor", 0));
    parseHashing(r, out, d);
  } else {
    out.policy = Policy::Maglev;
    Reader r(node, path, in(kExtension, "maglev.v3.Maglev"), d);
    parseMaglev(r, out);
    parseHashing(r, out, d);
  }
}

constexpr std::array<std::string_view, 5> kTyped = {"RoundRobin", "Random", "LeastRequest",
                                                    "RingHash", "Maglev"};

// The first of the list that is known counts, as in Envoy.
bool parsePolicies(const TreeNode& node, const std::string& path, LoadBalancing& out,
                   Diagnostics& d) {
  bool found = false;
  std::string names;
  Reader r(node, path, "envoy.config.cluster.v3.LoadBalancingPolicy", d);
  r.list("policies", [&](const TreeNode& n, const std::string& p) {
    Reader policy(n, p, "envoy.config.cluster.v3.LoadBalancingPolicy.Policy", d);
    policy.required("typed_extension_config");
    policy.message("typed_extension_config", [&](const TreeNode& en, const std::string& ep) {
      Reader e(en, ep, "envoy.config.core.v3.TypedExtensionConfig", d);
      names += (names.empty() ? "\"" : ", \"") + e.text("name") + "\"";
      const TreeNode* config = e.node("typed_config");
      const std::string kind = typeOf(config);
      if (found || std::count(kTyped.begin(), kTyped.end(), kind) == 0) return;
      found = true;
      parseTyped(*config, e.pathOf("typed_config"), kind, out, d);
    });
  });
  if (!found) {
    d.unsupported(node.key_origin, path,
                  "Convoy has none of these load balancing policies yet: " + names,
                  "requests take turns");
  }
  return found;
}

}  // namespace

double parsePercent(const TreeNode& node, const std::string& path, Diagnostics& d) {
  Reader r(node, path, "envoy.type.v3.Percent", d);
  const double percent = r.number("value", 0);
  if (percent >= 0 && percent <= 100) return percent;
  r.error("value", code::kWrongValue, "a percentage is from 0 to 100");
  return 0;
}

LbMetadata lbMetadata(const TreeNode& node) {
  LbMetadata out;
  for (const auto& [key, value] : node.members) out.emplace_back(key, writeJson(value));
  std::sort(out.begin(), out.end());
  return out;
}

LbMetadata parseLbMetadata(const TreeNode& node, const std::string& path, Diagnostics& d) {
  LbMetadata out;
  Reader r(node, path, "envoy.config.core.v3.Metadata", d);
  r.ignore("typed_filter_metadata");
  if (const TreeNode* filters = r.node("filter_metadata")) {
    if (const TreeNode* lb = filters->find("envoy.lb")) out = lbMetadata(*lb);
  }
  return out;
}

void parseLoadBalancing(Reader& r, LoadBalancing& out, Diagnostics& d) {
  const std::string_view slow_start = in(kCluster, "SlowStartConfig");
  out.policy = static_cast<Policy>(r.enumeration("lb_policy",
                                                 {{"ROUND_ROBIN", 0, 0},
                                                  {"LEAST_REQUEST", 1, 1},
                                                  {"RING_HASH", 2, 3},
                                                  {"RANDOM", 3, 2},
                                                  {"ORIGINAL_DST_LB", 4, -1},
                                                  {"MAGLEV", 5, 4},
                                                  {"CLUSTER_PROVIDED", 6, -1},
                                                  {"LOAD_BALANCING_POLICY_CONFIG", 7, 0}},
                                                 0));
  r.oneOf({"ring_hash_lb_config", "maglev_lb_config", "original_dst_lb_config",
           "least_request_lb_config", "round_robin_lb_config"});
  r.message("round_robin_lb_config", [&](const TreeNode& n, const std::string& p) {
    Reader l(n, p, in(kCluster, "RoundRobinLbConfig"), d);
    parseSlowStart(l, slow_start, out, d);
  });
  r.message("least_request_lb_config", [&](const TreeNode& n, const std::string& p) {
    Reader l(n, p, in(kCluster, "LeastRequestLbConfig"), d);
    parseLeastRequest(l, slow_start, out, d);
  });
  r.message("ring_hash_lb_config", [&](const TreeNode& n, const std::string& p) {
    Reader l(n, p, in(kCluster, "RingHashLbConfig"), d);
    out.murmur_hash =
        l.enumeration("hash_function", {{"XX_HASH", 0, 0}, {"MURMUR_HASH_2", 1, 1}}, 0) == 1;
    parseRingHash(l, out);
  });
  r.message("maglev_lb_config", [&](const TreeNode& n, const std::string& p) {
    Reader l(n, p, in(kCluster, "MaglevLbConfig"), d);
    parseMaglev(l, out);
  });
  r.unsupported("original_dst_lb_config", "hosts are those of the load_assignment");
  r.message("lb_subset_config", [&](const TreeNode& n, const std::string& p) {
    LbSubset subset = parseSubset(n, p, d);
    if (!subset.selectors.empty() || subset.fallback == LbSubset::Fallback::DefaultSubset) {
      out.subset = std::move(subset);
    }
  });
  r.message("load_balancing_policy", [&](const TreeNode& n, const std::string& p) {
    LoadBalancing other;
    if (parsePolicies(n, p, other, d)) out = std::move(other);
  });
}

void parseCommonLb(Reader& r, LoadBalancing& out, Diagnostics& d) {
  r.message("healthy_panic_threshold", [&](const TreeNode& n, const std::string& p) {
    out.healthy_panic_threshold = static_cast<uint32_t>(parsePercent(n, p, d));
  });
  // A load_balancing_policy says it itself.
  LoadBalancing locality;
  parseLocality(r, in(kCluster, "CommonLbConfig.ZoneAwareLbConfig"), locality, d);
  out.locality_weighted |= locality.locality_weighted;
  out.fail_traffic_on_panic |= locality.fail_traffic_on_panic;
  r.message("consistent_hashing_lb_config", [&](const TreeNode& n, const std::string& p) {
    parseConsistentHashing(n, p, in(kCluster, "CommonLbConfig.ConsistentHashingLbConfig"), out, d);
  });
}

}  // namespace convoy::config
