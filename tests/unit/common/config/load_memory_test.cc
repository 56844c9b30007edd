// What a large configuration costs while it is loaded and after that, in bytes of the allocator for
// each cluster: it must not creep up unseen. scripts/large_config.py measures the whole process.
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "common/config/load.h"
#include "tests/fakes/allocated_bytes.h"

namespace convoy::config {
namespace {

constexpr size_t kClusters = 500;

// About 850 bytes each, as scripts/large_config.py makes them.
std::string clusterAsYaml(size_t number) {
  const std::string n = std::to_string(number);
  std::string out = "  - name: cluster_" + n +
                    "\n    type: STATIC\n    connect_timeout: 0.25s\n    lb_policy: LEAST_REQUEST\n"
                    "    load_assignment:\n      cluster_name: cluster_" +
                    n + "\n      endpoints:\n      - lb_endpoints:\n";
  for (const char* host : {"1", "2", "3"}) {
    out +=
        "        - endpoint:\n            address:\n              socket_address:\n"
        "                address: 10.0.0." +
        std::string(host) + "\n                port_value: 8080\n";
  }
  return out +
         "    health_checks:\n    - timeout: 1s\n      interval: 10s\n      unhealthy_threshold: "
         "3\n"
         "      healthy_threshold: 2\n      http_health_check:\n        path: /healthz\n"
         "    circuit_breakers:\n      thresholds:\n      - priority: DEFAULT\n"
         "        max_connections: 1000\n        max_pending_requests: 1000\n"
         "        max_requests: 5000\n        max_retries: 3\n";
}

std::string asYaml() {
  std::string out = "static_resources:\n  clusters:\n";
  for (size_t i = 0; i < kClusters; ++i) out += clusterAsYaml(i);
  return out;
}

struct Cost {
  size_t most = 0;  // above what was there before
  size_t kept = 0;  // by the result
};

Cost costOf(const std::function<LoadResult()>& load) {
  const size_t before = fakes::allocatedBytes().now;
  fakes::allocatedBytes().most = before;
  const LoadResult result = load();
  EXPECT_TRUE(result.ok());
  return {(fakes::allocatedBytes().most - before) / kClusters,
          (fakes::allocatedBytes().now - before) / kClusters};
}

class LoadMemory : public testing::Test {
 protected:
  // Tables that are made once.
  void SetUp() override { load({Source{"warm.json", "{}", Source::Format::Json}}, {}); }
};

TEST_F(LoadMemory, AClusterInYamlTakesFewBytesWhileItIsRead) {
  const std::vector<Source> sources = {{"large.yaml", asYaml(), Source::Format::Yaml}};

  const Cost cost = costOf([&] { return load(sources, {}); });

  RecordProperty("most", static_cast<int>(cost.most));
  RecordProperty("kept", static_cast<int>(cost.kept));
  EXPECT_LT(cost.most, 9000u);
  EXPECT_LT(cost.kept, 5000u);
}

TEST_F(LoadMemory, AClusterInJsonTakesNoMore) {
  const LoadResult yaml = load({{"large.yaml", asYaml(), Source::Format::Yaml}}, {});
  const std::vector<Source> sources = {{"large.json", yaml.canonical_json, Source::Format::Json}};

  const Cost cost = costOf([&] { return load(sources, {}); });

  EXPECT_LT(cost.most, 9000u);
  EXPECT_LT(cost.kept, 5000u);
}

// What a worker does: it needs the model only.
TEST_F(LoadMemory, TheCanonicalFormIsNotWrittenASecondTime) {
  const LoadResult yaml = load({{"large.yaml", asYaml(), Source::Format::Yaml}}, {});

  const LoadResult again = loadCanonical("<master>", yaml.canonical_json);

  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again.bootstrap->clusters.size(), kClusters);
  EXPECT_TRUE(again.canonical_json.empty());
}

}  // namespace
}  // namespace convoy::config
