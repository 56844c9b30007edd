// Promise: the v2 document that many tutorials begin with works as it is: port 80 to nginx on 8002,
// admin on 8001, in a network namespace of its own since these ports are fixed.
#include <regex>

#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/other_programs.h"
#include "tests/fakes/own_network.h"

namespace convoy::fakes {
namespace {

void serveAndCount() {
  Nginx nginx("return 200 \"from nginx\\n\";", 8002);
  ASSERT_TRUE(nginx.ready());
  ConvoyProcess convoy(readFile("tests/integration/data/v2_tutorial.json"), 8001,
                       {{}, {}, 1, true, "envoy.json"});
  ASSERT_TRUE(convoy.ready()) << convoy.log();

  for (int i = 0; i < 20; ++i) {
    const HttpMessage answer = httpGet(80, "/page?x=1");
    ASSERT_EQ(answer.status, 200) << answer.error;
    EXPECT_EQ(answer.body, "from nginx\n");
    EXPECT_EQ(answer.header("server"), "envoy");
  }

  EXPECT_EQ(convoy.metric(
                "envoy_http_downstream_rq_total{envoy_http_conn_manager_prefix=\"ingress_http\"}"),
            20);
  EXPECT_EQ(convoy.metric("envoy_cluster_upstream_rq_total{envoy_cluster_name=\"service\"}"), 20);
  EXPECT_EQ(convoy.metric("envoy_cluster_membership_healthy{envoy_cluster_name=\"service\"}"), 1);
  EXPECT_EQ(convoy.metric("envoy_cluster_upstream_rq_xx{envoy_response_code_class=\"2\","
                          "envoy_cluster_name=\"service\"}"),
            20);
}

void logAdminRequests() {
  Nginx nginx("return 200 \"from nginx\\n\";", 8002);
  ConvoyProcess convoy(readFile("tests/integration/data/v2_tutorial.json"), 8001,
                       {{}, {}, 1, true, "envoy.json"});
  const size_t before = readLines("/tmp/admin_access.log").size();
  ASSERT_EQ(convoy.admin("/server_info").status, 200);
  const std::regex line(
      "\\[[0-9TZ:.-]+\\] \"GET /server_info HTTP/1\\.1\" 200 - 0 [0-9]+ [0-9]+ - .*");
  EXPECT_TRUE(eventually([&] {
    const auto lines = readLines("/tmp/admin_access.log");
    return lines.size() > before &&
           std::any_of(lines.begin() + static_cast<long>(before), lines.end(),
                       [&](const std::string& text) { return std::regex_match(text, line); });
  })) << readFile("/tmp/admin_access.log");
}

TEST(V2Document, LoadsVerbatimServesPort80AndCounts) {
  if (const std::string why = missing("nginx"); !why.empty()) GTEST_SKIP() << why;
  const OwnNetwork network;
  if (!network.entered()) GTEST_SKIP() << "a network namespace needs root";
  serveAndCount();
}

TEST(V2Document, AdminRequestsAreLoggedInEnvoysFormat) {
  if (const std::string why = missing("nginx"); !why.empty()) GTEST_SKIP() << why;
  const OwnNetwork network;
  if (!network.entered()) GTEST_SKIP() << "a network namespace needs root";
  logAdminRequests();
}

}  // namespace
}  // namespace convoy::fakes
