#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/config/load.h"

namespace convoy::config {
namespace {

using ::testing::HasSubstr;
using Policy = LoadBalancing::Policy;

struct Loaded {
  LoadResult result;
  const Cluster& cluster() const { return result.bootstrap->clusters.at(0); }
  std::string said() const {
    std::string out;
    for (const Diagnostic& d : result.diagnostics) out += render(d);
    return out;
  }
};

Loaded clusterWith(const std::string& fields) {
  const std::string text =
      "static_resources: {clusters: [{name: a, load_assignment: {endpoints: "
      "[{lb_endpoints: [{endpoint: {address: {socket_address: {address: "
      "127.0.0.1, port_value: 1}}}}]}]}, " +
      fields + "}]}";
  return {config::load({Source{"a.yaml", text, Source::Format::Yaml}}, {})};
}

TEST(ParseLoadBalancing, TheFieldsOfACluster) {
  const Loaded ring = clusterWith(
      "lb_policy: RING_HASH, ring_hash_lb_config: {minimum_ring_size: 12, hash_function: "
      "MURMUR_HASH_2}, common_lb_config: {consistent_hashing_lb_config: {use_hostname_for_hashing: "
      "true, hash_balance_factor: 150}}");
  ASSERT_TRUE(ring.result.ok()) << ring.said();
  EXPECT_EQ(ring.cluster().lb.policy, Policy::RingHash);
  EXPECT_EQ(ring.cluster().lb.min_ring_size, 12u);
  EXPECT_TRUE(ring.cluster().lb.murmur_hash);
  EXPECT_TRUE(ring.cluster().lb.use_hostname_for_hashing);
  EXPECT_EQ(ring.cluster().lb.hash_balance_factor, 150u);
}

TEST(ParseLoadBalancing, ATypedPolicyTakesTheirPlace) {
  const Loaded loaded = clusterWith(
      "lb_policy: RANDOM, load_balancing_policy: {policies: ["
      "{typed_extension_config: {name: unknown, typed_config: {'@type': "
      "type.googleapis.com/example.Other}}}, "
      "{typed_extension_config: {name: maglev, typed_config: {'@type': "
      "type.googleapis.com/envoy.extensions.load_balancing_policies.maglev.v3.Maglev, "
      "tableSize: 131071}}}]}");
  ASSERT_TRUE(loaded.result.ok()) << loaded.said();
  EXPECT_EQ(loaded.cluster().lb.policy, Policy::Maglev);
  EXPECT_EQ(loaded.cluster().lb.table_size, 131071u);
}

TEST(ParseLoadBalancing, OfAListOfUnknownPoliciesNoneIsTaken) {
  const Loaded loaded = clusterWith(
      "load_balancing_policy: {policies: [{typed_extension_config: {name: x.y, typed_config: "
      "{'@type': type.googleapis.com/example.Other}}}]}");
  EXPECT_FALSE(loaded.result.ok());
  EXPECT_THAT(loaded.said(), HasSubstr("E0201"));
  EXPECT_THAT(loaded.said(), HasSubstr("\"x.y\""));
}

TEST(ParseLoadBalancing, WhatCannotBeIsSaid) {
  EXPECT_THAT(clusterWith("lb_policy: MAGLEV, maglev_lb_config: {table_size: 10}").said(),
              HasSubstr("prime"));
  EXPECT_THAT(
      clusterWith("ring_hash_lb_config: {minimum_ring_size: 9, maximum_ring_size: 8}").said(),
      HasSubstr("maximum_ring_size"));
  EXPECT_THAT(
      clusterWith("common_lb_config: {consistent_hashing_lb_config: {hash_balance_factor: 99}}")
          .said(),
      HasSubstr("at least 100"));
}

TEST(ParseLoadBalancing, Subsets) {
  const Loaded loaded = clusterWith(
      "lb_subset_config: {fallback_policy: DEFAULT_SUBSET, default_subset: {stage: prod}, "
      "subset_selectors: [{keys: [version, stage], fallback_policy: KEYS_SUBSET, "
      "fallback_keys_subset: [version]}]}");
  ASSERT_TRUE(loaded.result.ok()) << loaded.said();
  const LbSubset& subset = *loaded.cluster().lb.subset;
  EXPECT_EQ(subset.fallback, LbSubset::Fallback::DefaultSubset);
  EXPECT_EQ(subset.default_subset, (LbMetadata{{"stage", "\"prod\""}}));
  EXPECT_EQ(subset.selectors[0].keys, (std::vector<std::string>{"stage", "version"}));
  EXPECT_EQ(subset.selectors[0].fallback, LbSubset::Fallback::KeysSubset);
}

TEST(ParseLoadBalancing, SlowStart) {
  const Loaded loaded = clusterWith(
      "round_robin_lb_config: {slow_start_config: {slow_start_window: 60s, aggression: "
      "{default_value: 2.0, runtime_key: k}, min_weight_percent: {value: 5}}}");
  ASSERT_TRUE(loaded.result.ok()) << loaded.said();
  const SlowStart& slow = *loaded.cluster().lb.slow_start;
  EXPECT_EQ(slow.window_ms, 60000u);
  EXPECT_EQ(slow.aggression, 2.0);
  EXPECT_EQ(slow.min_weight_percent, 5);
}

TEST(ParseLoadBalancing, ARetryBudget) {
  const Loaded loaded = clusterWith(
      "circuit_breakers: {thresholds: [{retry_budget: {budget_percent: {value: 30}, "
      "min_retry_concurrency: 5}, track_remaining: true}]}");
  ASSERT_TRUE(loaded.result.ok()) << loaded.said();
  const auto& thresholds = loaded.cluster().circuit_breakers.thresholds[0];
  EXPECT_EQ(thresholds.retriesAllowed(10), 5u);
  EXPECT_EQ(thresholds.retriesAllowed(100), 30u);
  EXPECT_TRUE(thresholds.track_remaining);
}

// Found by config_fuzz: the name of the message was gone before the fields that nobody read were
// told of.
TEST(ParseLoadBalancing, AnUnknownFieldIsToldOfWithItsMessage) {
  for (const char* message : {"LbSubsetConfig", "RingHashLbConfig", "MaglevLbConfig",
                              "LeastRequestLbConfig", "RoundRobinLbConfig"}) {
    std::string field = message;  // LbSubsetConfig -> lb_subset_config
    for (size_t i = 0; i < field.size(); ++i) {
      if (field[i] < 'A' || field[i] > 'Z') continue;
      field[i] = static_cast<char>(field[i] + 32);
      if (i > 0) field.insert(i, "_");
    }
    const std::string policy =
        std::string(message) == "LbSubsetConfig" ? "" : "lb_policy: MAGLEV, ";

    const Loaded loaded = clusterWith(policy + field + ": {nobody_knows_this: 1}");

    EXPECT_FALSE(loaded.result.ok());
    EXPECT_THAT(
        loaded.said(),
        HasSubstr("unknown field \"nobody_knows_this\" in envoy.config.cluster.v3.Cluster." +
                  std::string(message) + " "));
  }
}

TEST(ParseClusterType, ADnsClusterIsOneOfTheOldTypes) {
  const Loaded loaded = clusterWith(
      "cluster_type: {name: envoy.clusters.dns, typed_config: {'@type': "
      "type.googleapis.com/envoy.extensions.clusters.dns.v3.DnsCluster, "
      "all_addresses_in_single_endpoint: true, dns_jitter: 1s, dns_lookup_family: V4_ONLY, "
      "dns_failure_refresh_rate: {base_interval: 2s}}}");
  ASSERT_TRUE(loaded.result.ok()) << loaded.said();
  EXPECT_EQ(loaded.cluster().discovery, Cluster::Discovery::LogicalDns);
  EXPECT_EQ(loaded.cluster().dns_lookup_family, Cluster::DnsFamily::V4Only);
  EXPECT_EQ(loaded.cluster().dns_jitter_ms, 1000u);
  EXPECT_EQ(loaded.cluster().dns_failure_max_ms, 20000u);
}

TEST(ParseClusterType, AnotherIsRefusedByItsName) {
  const Loaded loaded = clusterWith("cluster_type: {name: envoy.clusters.redis}");
  EXPECT_FALSE(loaded.result.ok());
  EXPECT_THAT(loaded.said(), HasSubstr("E0201"));
  EXPECT_THAT(loaded.said(), HasSubstr("envoy.clusters.redis"));
}

}  // namespace
}  // namespace convoy::config
