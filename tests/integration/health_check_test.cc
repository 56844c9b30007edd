// Promise: a backend that fails its health check gets no requests until it passes again, and
// everybody who watches can see it.
#include <atomic>

#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"

namespace convoy::fakes {
namespace {

// A backend that can be told to fall sick: its health check answers 503, requests answer as ever.
class Patient {
 public:
  explicit Patient(const std::string& name)
      : upstream_([this, name](const HttpMessage& request, RawClient& connection) {
          const bool check = request.first_line.starts_with("GET /healthz ");
          return connection.send(check ? responseText(sick_ ? 503 : 200, "")
                                       : responseText(200, name));
        }) {}
  void fallSick(bool sick) { sick_ = sick; }
  uint16_t port() const { return upstream_.port(); }

 private:
  std::atomic<bool> sick_{false};
  FakeUpstream upstream_;
};

const std::string kChecks =
    "health_checks: [{timeout: 2s, interval: 0.05s, no_traffic_interval: 0.05s, "
    "unhealthy_threshold: 2, healthy_threshold: 2, http_health_check: {path: /healthz}}]";

struct World {
  Patient one{"one"}, two{"two"};
  uint16_t port = freePort();
  std::unique_ptr<ConvoyProcess> convoy;
  void start() { convoy = std::make_unique<ConvoyProcess>(config()); }
  Config config() const {
    Config out(admin_);
    out.http(port, Config::toCluster("service"))
        .cluster("service", {one.port(), two.port()}, kChecks);
    return out;
  }
  // Whether 20 requests all were answered by `name`.
  bool allFrom(const std::string& name) const {
    for (int i = 0; i < 20; ++i) {
      if (httpGet(port, "/").body != name) return false;
    }
    return true;
  }
  bool bothAnswer() const {
    bool seen_one = false, seen_two = false;
    for (int i = 0; i < 50; ++i) {
      const std::string body = httpGet(port, "/").body;
      seen_one |= body == "one";
      seen_two |= body == "two";
    }
    return seen_one && seen_two;
  }
  double healthy() const {
    return convoy->metric("envoy_cluster_membership_healthy{envoy_cluster_name=\"service\"}");
  }
  double counted(const std::string& what) const {
    return convoy->metric("envoy_cluster_health_check_" + what +
                          "{envoy_cluster_name=\"service\"}");
  }

 private:
  uint16_t admin_ = freePort();
};

TEST(HealthCheck, ASickBackendGetsNoRequestsUntilItIsWell) {
  World world;
  world.start();
  EXPECT_TRUE(world.bothAnswer());
  EXPECT_EQ(world.healthy(), 2);

  world.one.fallSick(true);
  ASSERT_TRUE(eventually([&] { return world.healthy() == 1; })) << world.convoy->log();
  EXPECT_TRUE(eventually([&] { return world.allFrom("two"); }));
  const std::string clusters = world.convoy->admin("/clusters").body;
  EXPECT_NE(clusters.find("service::127.0.0.1:" + std::to_string(world.one.port()) +
                          "::health_flags::/failed_active_hc\n"),
            std::string::npos)
      << clusters;
  EXPECT_GT(world.counted("failure"), 0);
  EXPECT_GT(world.counted("success"), 0);
  EXPECT_GE(world.counted("attempt"), world.counted("failure") + world.counted("success"));
  EXPECT_EQ(world.counted("healthy"), 1);

  world.one.fallSick(false);
  ASSERT_TRUE(eventually([&] { return world.healthy() == 2; })) << world.convoy->log();
  EXPECT_TRUE(eventually([&] { return world.bothAnswer(); }));
}

TEST(HealthCheck, NoRequestGoesToABackendThatIsSickFromTheStart) {
  World world;
  world.one.fallSick(true);
  world.start();
  EXPECT_TRUE(world.allFrom("two"));
}

TEST(HealthCheck, AReloadKeepsWhatIsKnownOfEachBackend) {
  World world;
  world.one.fallSick(true);
  world.start();
  ASSERT_TRUE(world.allFrom("two"));
  world.convoy->rewrite(world.config().text() + "\n# changed\n");
  ASSERT_TRUE(world.convoy->hangup());
  EXPECT_TRUE(world.allFrom("two"));
  EXPECT_EQ(world.healthy(), 1);
}

TEST(HealthCheck, WhereAllAreSickAllAreTried) {
  World world;
  world.one.fallSick(true);
  world.two.fallSick(true);
  world.start();
  EXPECT_TRUE(world.bothAnswer());
  EXPECT_EQ(world.healthy(), 0);
}

TEST(HealthCheck, ABackendThatNobodyAnswersForIsLeftOut) {
  FakeUpstream backend(FakeUpstream::respond(200, "here"));
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::toCluster("service"))
      .cluster("service", {freePort(), backend.port()},
               "health_checks: [{timeout: 2s, interval: 0.05s, unhealthy_threshold: 1, "
               "healthy_threshold: 1, tcp_health_check: {}}]");
  const ConvoyProcess convoy(config);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(httpGet(port, "/").body, "here");
}

}  // namespace
}  // namespace convoy::fakes
