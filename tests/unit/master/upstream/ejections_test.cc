#include "master/upstream/ejections.h"

#include <gtest/gtest.h>

#include "tests/unit/master/fake_processes.h"

namespace convoy::master {
namespace {

class EjectionsTest : public ::testing::Test, public EjectionsCallbacks {
 protected:
  EjectionsTest() {
    config::Cluster cluster;
    cluster.name = "c";
    cluster.outlier_detection.emplace();
    cluster.outlier_detection->interval_ms = 1;
    cluster.outlier_detection->base_ejection_ms = 20;
    bootstrap_->clusters.push_back(cluster);
  }
  config::OutlierDetection& settings() { return *bootstrap_->clusters[0].outlier_detection; }
  void make() { ejections_ = std::make_unique<Ejections>(loop_, random_, *this, bootstrap_); }
  void report(uint16_t port, bool gateway = false) {
    if (ejections_ == nullptr) make();
    ejections_->failing({0, "10.0.0.1", port, "", gateway, false}, 4);
  }
  // What a worker says of hosts 1, 2 ...: how many of 100 answers were good.
  void rates(const std::vector<uint64_t>& good, bool local_origin = false) {
    if (ejections_ == nullptr) make();
    ipc::HostRatesPayload payload;
    uint16_t port = 1;
    for (const uint64_t n : good) {
      ipc::HostRatesPayload::Host host{"10.0.0.1", port++, "", n, 100 - n, 0, 0};
      if (local_origin) host = {"10.0.0.1", host.port, "", 0, 0, n, 100 - n};
      payload.hosts.push_back(host);
    }
    ejections_->rates(payload, good.size());
  }
  bool ejected(uint16_t port) {
    ipc::EndpointHost host;
    host.ip = "10.0.0.1";
    host.port = port;
    std::vector<ipc::EndpointHost> hosts = {host};
    ejections_->judge(0, hosts);
    return hosts[0].ejected;
  }
  void onEjectionsChanged(uint32_t) override { ++changes_; }
  void onEjectionCount(const std::string& raw_name) override { ++counts_[raw_name]; }
  int counted(const std::string& what) {
    return counts_["cluster.c.outlier_detection.ejections_" + what];
  }

  net::EventLoop loop_;
  base::Random random_{9};
  std::shared_ptr<config::Bootstrap> bootstrap_ = std::make_shared<config::Bootstrap>();
  std::unique_ptr<Ejections> ejections_;
  int changes_ = 0;
  std::map<std::string, int> counts_;
};

TEST_F(EjectionsTest, AFailingHostIsOutForAWhile) {
  report(1);
  EXPECT_TRUE(ejected(1));
  EXPECT_FALSE(ejected(2));
  EXPECT_EQ(counted("enforced_total"), 1);
  EXPECT_EQ(counted("enforced_consecutive_5xx"), 1);
  ASSERT_TRUE(turnUntil(loop_, [this] { return !ejected(1); }));
  EXPECT_EQ(changes_, 2);
}

TEST_F(EjectionsTest, TheReportOfASecondWorkerChangesNothing) {
  report(1);
  report(1);
  EXPECT_EQ(counted("enforced_total"), 1);
  EXPECT_EQ(changes_, 1);
}

TEST_F(EjectionsTest, OnlyAShareOfAClusterIsEjected) {
  settings().max_ejection_percent = 30;
  report(1);
  report(2);
  report(3);
  EXPECT_TRUE(ejected(1));
  EXPECT_TRUE(ejected(2));  // 25 % were out before it
  EXPECT_FALSE(ejected(3));
  EXPECT_EQ(counted("overflow"), 1);
}

TEST_F(EjectionsTest, OneHostMayBeEjectedWhateverTheShare) {
  settings().max_ejection_percent = 0;
  report(1);
  EXPECT_FALSE(ejected(1));
  settings().always_eject_one_host = true;
  report(1);
  report(2);
  EXPECT_TRUE(ejected(1));
  EXPECT_FALSE(ejected(2));
}

TEST_F(EjectionsTest, GatewayFailuresAreOnlyCountedUnlessEnforced) {
  report(1, true);
  EXPECT_FALSE(ejected(1));
  EXPECT_EQ(counted("detected_consecutive_gateway_failure"), 1);
  settings().enforcing_consecutive_gateway_failure = 100;
  report(1, true);
  EXPECT_TRUE(ejected(1));
}

TEST_F(EjectionsTest, AHostThatFailsAgainIsOutLonger) {
  settings().interval_ms = 5;
  report(1);
  ASSERT_TRUE(turnUntil(loop_, [this] { return !ejected(1); }));
  const uint64_t start = loop_.nowMs();
  report(1);
  ASSERT_TRUE(turnUntil(loop_, [this] { return !ejected(1); }));
  EXPECT_GE(loop_.nowMs() - start, 40u);
}

TEST_F(EjectionsTest, TheRatesOfTheLastIntervalAreKept) {
  make();
  EXPECT_EQ(ejections_->successRates(1), nullptr);  // no such cluster
  const SuccessRates& all = (*ejections_->successRates(0))[0];
  rates({100, 100, 100, 100, 60});
  ASSERT_TRUE(turnUntil(loop_, [&] { return all.average > 0; }));
  EXPECT_EQ(all.average, 92);
  EXPECT_EQ(all.threshold, 92 - 1.9 * 16);
  EXPECT_EQ(all.by_host.at("10.0.0.1:1"), 100);
  EXPECT_EQ(all.by_host.at("10.0.0.1:5"), 60);
  // Nothing in the next one.
  ASSERT_TRUE(turnUntil(loop_, [&] { return all.by_host.empty(); }));
  EXPECT_EQ(all.average, -1);
}

TEST_F(EjectionsTest, TooFewHostsHaveNoRate) {
  make();
  rates({100, 100, 100, 60});
  const SuccessRates& all = (*ejections_->successRates(0))[0];
  bool late = false;
  const auto timer = loop_.createTimer([&] { late = true; });
  timer->start(5 * settings().interval_ms);
  ASSERT_TRUE(turnUntil(loop_, [&] { return late; }));
  EXPECT_TRUE(all.by_host.empty());
  EXPECT_EQ(all.threshold, -1);
}

TEST_F(EjectionsTest, AHostThatPassesItsHealthCheckIsBackAtOnce) {
  settings().base_ejection_ms = 3600000;
  report(1);
  ejections_->passed(0, "10.0.0.2:1");
  EXPECT_TRUE(ejected(1));
  ejections_->passed(0, "10.0.0.1:1");
  EXPECT_FALSE(ejected(1));
  EXPECT_EQ(changes_, 2);
}

TEST_F(EjectionsTest, AReloadKeepsEjectedHostsOut) {
  report(1);
  Ejections next(loop_, random_, *this, bootstrap_);
  next.inherit(*ejections_);
  ipc::EndpointHost host;
  host.ip = "10.0.0.1";
  host.port = 1;
  std::vector<ipc::EndpointHost> hosts = {host};
  next.judge(0, hosts);
  EXPECT_TRUE(hosts[0].ejected);
}

TEST_F(EjectionsTest, AHostFarBelowTheOthersIsAnOutlier) {
  settings().base_ejection_ms = 3600000;
  settings().max_ejection_percent = 100;
  rates({50, 50, 50, 50, 5});  // with those of another worker
  rates({50, 50, 50, 50, 5});
  ASSERT_TRUE(turnUntil(loop_, [this] { return ejected(5); }));
  EXPECT_FALSE(ejected(1));
  EXPECT_EQ(counted("enforced_success_rate"), 1);
}

TEST_F(EjectionsTest, AnswersThatAreTooFewAreNotCompared) {
  settings().success_rate_request_volume = 101;
  rates({100, 100, 100, 100, 0});
  ASSERT_TRUE(turnUntil(loop_, [this] { return counted("detected_failure_percentage") == 1; }));
  EXPECT_EQ(counted("detected_success_rate"), 0);
}

TEST_F(EjectionsTest, AFailurePercentageIsOnlyCountedUnlessEnforced) {
  settings().success_rate_minimum_hosts = 100;
  settings().max_ejection_percent = 100;
  rates({100, 100, 100, 100, 10});
  ASSERT_TRUE(turnUntil(loop_, [this] { return counted("detected_failure_percentage") == 1; }));
  EXPECT_FALSE(ejected(5));
  settings().enforcing_failure_percentage = 100;
  rates({100, 100, 100, 100, 10});
  ASSERT_TRUE(turnUntil(loop_, [this] { return counted("enforced_failure_percentage") == 1; }));
}

TEST_F(EjectionsTest, FailuresToGetAnAnswerAreComparedOnTheirOwn) {
  settings().split_local_origin = true;
  settings().success_rate_minimum_hosts = 100;
  settings().enforcing_failure_percentage_local_origin = 100;
  settings().max_ejection_percent = 100;
  rates({100, 100, 100, 100, 10}, true);
  ASSERT_TRUE(turnUntil(
      loop_, [this] { return counted("enforced_local_origin_failure_percentage") == 1; }));
  EXPECT_EQ(counted("detected_failure_percentage"), 0);
}

TEST_F(EjectionsTest, AHealthCheckMayHaveNoSayInIt) {
  settings().uneject_on_health_check = false;
  settings().base_ejection_ms = 3600000;
  report(1);
  ejections_->passed(0, "10.0.0.1:1");
  EXPECT_TRUE(ejected(1));
}

}  // namespace
}  // namespace convoy::master
