// Promise: dashboards and alerts written for Envoy find their series: from the start, before the
// first request, each family has Envoy's name, type and labels, and counters stand at zero.
#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/exposition.h"
#include "tests/fakes/fake_upstream.h"
#include "tests/fakes/tls_config.h"

namespace convoy::fakes {
namespace {

struct Family {
  std::string name, type;
  std::set<std::string> labels;
};

std::vector<Family> expectedFamilies() {
  std::vector<Family> out;
  for (const std::string& line : readLines("tests/integration/data/envoy_families.tsv")) {
    if (line.starts_with("#")) continue;
    Family family;
    std::string labels, label;
    std::istringstream fields(line);
    std::getline(fields, family.name, '\t');
    std::getline(fields, family.type, '\t');
    std::getline(fields, labels);
    for (std::istringstream list(labels); std::getline(list, label, ',');) {
      if (label != "-") family.labels.insert(label);
    }
    out.push_back(std::move(family));
  }
  return out;
}

// `envoy_x{a="1",b="2"}` -> a, b. The values of our tests have neither quotes nor commas.
std::set<std::string> labelsOf(const std::string& sample) {
  std::set<std::string> out;
  for (size_t at = sample.find('{'); (at = sample.find("=\"", at + 1)) != std::string::npos;) {
    const size_t start = sample.find_last_of("{,", at) + 1;
    out.insert(sample.substr(start, at - start));
  }
  out.erase("le");
  return out;
}

// The samples of a family; of a histogram those of its parts.
std::vector<std::pair<std::string, double>> samplesOf(const Exposition& scrape,
                                                      const Family& family) {
  std::vector<std::pair<std::string, double>> out;
  for (const char* part : {"", "_bucket", "_sum", "_count"}) {
    if ((family.type == "histogram") == (*part == '\0')) continue;
    const std::string start = family.name + part + "{";
    for (auto at = scrape.samples.lower_bound(start);
         at != scrape.samples.end() && at->first.starts_with(start); ++at) {
      out.emplace_back(*at);
    }
  }
  return out;
}

struct Site {
  TempDir dir;
  TestCa ca;
  FakeUpstream backend;
  uint16_t port = freePort();
  Config config;
  std::unique_ptr<ConvoyProcess> convoy;

  Site() {
    const std::string path = dir.path("server");
    writeCertificate(path, ca.sign("server", "DNS:localhost"));
    config.http(port, Config::toCluster("backend"))
        .tcp(freePort(), "backend")
        .chain(downstreamTls(path))
        .http(freePort(), Config::toCluster("backend"))
        .cluster("backend", {backend.port()},
                 "health_checks: [{timeout: 1s, interval: 60s, unhealthy_threshold: 1, "
                 "healthy_threshold: 1, tcp_health_check: {}}], outlier_detection: {}")
        .cluster("unused", {backend.port()});
    convoy = std::make_unique<ConvoyProcess>(config);
  }
  Exposition scrape() const {
    Exposition out = parseExposition(convoy->admin("/stats/prometheus").body);
    EXPECT_EQ(out.errors, std::vector<std::string>{});
    return out;
  }
};

TEST(EnvoyFamilies, AllAreThereFromTheStartWithTheirTypesAndLabels) {
  const Site site;
  const Exposition scrape = site.scrape();
  const std::vector<Family> expected = expectedFamilies();
  EXPECT_GE(expected.size(), 300u);
  for (const Family& family : expected) {
    const auto type = scrape.types.find(family.name);
    if (type == scrape.types.end()) {
      ADD_FAILURE() << family.name << " is missing";
      continue;
    }
    EXPECT_EQ(type->second, family.type) << family.name;
    const auto samples = samplesOf(scrape, family);
    EXPECT_FALSE(samples.empty()) << family.name;
    for (const auto& [sample, value] : samples)
      EXPECT_EQ(labelsOf(sample), family.labels) << sample;
  }
}

TEST(EnvoyFamilies, WhatNobodyHasUsedStandsAtZero) {
  const Site site;
  const Exposition scrape = site.scrape();
  size_t series = 0;
  for (const auto& [sample, value] : scrape.samples) {
    const bool of_unused =
        sample.find("envoy_cluster_name=\"unused\"") != std::string::npos ||
        sample.find("envoy_http_conn_manager_prefix=\"web\"") != std::string::npos;
    const std::string family = sample.substr(0, sample.find('{'));
    // The hosts of a cluster are known before anybody asks it for one.
    const bool of_hosts = family.starts_with("envoy_cluster_membership_") ||
                          family == "envoy_cluster_max_host_weight" ||
                          family == "envoy_cluster_version";
    if (!of_unused || of_hosts) continue;
    EXPECT_EQ(value, 0) << sample;
    ++series;
  }
  EXPECT_GE(series, 300u);
}

TEST(EnvoyFamilies, TheBucketsAreEnvoys) {
  const Site site;
  const std::string text = site.convoy->admin("/stats/prometheus").body;
  std::string bounds;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::string start =
        "envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=\"unused\",le=\"";
    if (line.starts_with(start))
      bounds += line.substr(start.size(), line.find("\"}") - start.size()) + " ";
  }
  EXPECT_EQ(bounds,
            "0.5 1 5 10 25 50 100 250 500 1000 2500 5000 10000 30000 60000 300000 600000 1800000 "
            "3600000 +Inf ");
}

TEST(EnvoyFamilies, AFamilyPerResponseCodeAppearsWithItsFirstAnswer) {
  const Site site;
  EXPECT_EQ(site.scrape().types.count("envoy_cluster_upstream_rq"), 0u);
  ASSERT_EQ(httpGet(site.port, "/").status, 200);
  const Exposition scrape = site.scrape();
  EXPECT_EQ(scrape.value("envoy_cluster_upstream_rq{envoy_response_code=\"200\","
                         "envoy_cluster_name=\"backend\"}"),
            1);
}

}  // namespace
}  // namespace convoy::fakes
