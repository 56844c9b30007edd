// Counters of virtual clusters and of routes.
#include "worker/http/vhost_stats.h"

#include "tests/unit/worker/http/proxy_fixture.h"

namespace convoy {
namespace {

using stats::VhostStat;

class VhostStatsTest : public ProxyTest {
 protected:
  void startWith(const std::string& route_fields = "") {
    startYaml(fakes::frontYaml() +
              "              virtual_clusters:\n"
              "              - name: users\n"
              "                headers:\n"
              "                - {name: ':path', string_match: {prefix: /users}}\n"
              "                - {name: ':method', string_match: {exact: GET}}\n"
              "              routes:\n"
              "              - match: {path: /direct}\n"
              "                direct_response: {status: 200}\n"
              "              - match: {prefix: /}\n"
              "                stat_prefix: rest\n"
              "                route: {cluster: up" +
              route_fields +
              "}\n"
              "  clusters:\n"
              "  - {name: up, load_assignment: {cluster_name: up}}\n");
  }
  stats::StatBlock<VhostStat> cluster(const std::string& name) {
    auto& context = worker_->context();
    return stats::StatBlock<VhostStat>(
        context.cells(context.directory.virtualCluster("all", name)));
  }
  stats::StatBlock<VhostStat> route() {
    auto& context = worker_->context();
    return stats::StatBlock<VhostStat>(context.cells(context.directory.route("all", "rest")));
  }
};

TEST_F(VhostStatsTest, ARequestIsCountedInTheFirstThatMatches) {
  startWith();
  FakeUpstream upstream;
  serve(upstream);
  get("/users/7");
  get("/other");
  get("/direct");
  EXPECT_EQ(cluster("users").get(VhostStat::upstream_rq_total), 1u);
  EXPECT_EQ(cluster("users").get(VhostStat::upstream_rq_completed), 1u);
  EXPECT_EQ(cluster("other").get(VhostStat::upstream_rq_total), 1u);
  EXPECT_EQ(route().get(VhostStat::upstream_rq_completed), 2u);
}

TEST_F(VhostStatsTest, RetriesAndTimeoutsAreCountedToo) {
  startWith(", timeout: 0.2s, retry_policy: {retry_on: 5xx, num_retries: 1}");
  FakeUpstream upstream([](const HttpMessage& request, RawClient& connection) {
    if (request.first_line.find("slow") != std::string::npos) {
      connection.readAll();
      return false;
    }
    return connection.send(fakes::responseText(503, ""));
  });
  serve(upstream);
  EXPECT_EQ(get("/users/7").status, 503);
  EXPECT_EQ(get("/users/slow").status, 504);
  EXPECT_EQ(cluster("users").get(VhostStat::upstream_rq_retry), 1u);
  EXPECT_EQ(cluster("users").get(VhostStat::upstream_rq_retry_limit_exceeded), 1u);
  EXPECT_EQ(cluster("users").get(VhostStat::upstream_rq_timeout), 1u);
  EXPECT_EQ(route().get(VhostStat::upstream_rq_timeout), 1u);
}

}  // namespace
}  // namespace convoy
