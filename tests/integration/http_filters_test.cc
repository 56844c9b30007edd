// Promise: the small HTTP filters of Envoy do what they do there, and their counters tell.
#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"
#include "tests/fakes/wait.h"

namespace convoy::fakes {
namespace {

class HttpFilters : public ::testing::Test {
 protected:
  void start(const std::string& name, const std::string& message, const std::string& fields,
             const std::string& routes = Config::toCluster("service")) {
    Config config;
    config.httpFilter("envoy.filters.http." + name, message, fields)
        .http(port_, routes)
        .cluster("service", {backend_.port()})
        .cluster("copy", {copy_.port()});
    convoy_ = std::make_unique<ConvoyProcess>(config);
  }
  HttpMessage get(const std::string& path, const std::string& fields = "") {
    return RawClient(port_).get(path, fields);
  }
  double counted(const std::string& what) const {
    return convoy_->metric("envoy_http_" + what + "{envoy_http_conn_manager_prefix=\"web\"}");
  }
  void post(const std::string& path) { convoy_->adminPost(path); }

  FakeUpstream backend_, copy_;
  uint16_t port_ = freePort();
  std::unique_ptr<ConvoyProcess> convoy_;
};

TEST_F(HttpFilters, HealthChecksOfABalancerFailWhenTheOperatorSaysSo) {
  start("health_check", "health_check.v3.HealthCheck",
        "pass_through_mode: false, headers: [{name: ':path', string_match: {exact: /ok}}],"
        " cluster_min_healthy_percentages: {service: {value: 50}}");
  EXPECT_EQ(get("/ok").status, 200);
  EXPECT_EQ(get("/").body, "hello\n");
  post("/healthcheck/fail");
  EXPECT_TRUE(eventually([&] { return get("/ok").status == 503; }));
  EXPECT_EQ(get("/").header("x-envoy-immediate-health-check-fail"), "true");
  post("/healthcheck/ok");
  EXPECT_TRUE(eventually([&] { return get("/ok").status == 200; }));
  for (const HttpMessage& request : backend_.all()) {
    EXPECT_EQ(request.first_line, "GET / HTTP/1.1");
  }
}

TEST_F(HttpFilters, RbacRefusesByRulesAndCountsBoth) {
  start("rbac", "rbac.v3.RBAC",
        "rules: {action: DENY, policies: {admin: {permissions: [{url_path: {path: {prefix: "
        "/admin}}}], principals: [{not_id: {direct_remote_ip: {address_prefix: 10.0.0.0,"
        " prefix_len: 8}}}]}}}");
  EXPECT_EQ(get("/admin/x").status, 403);
  EXPECT_EQ(get("/admin/x").body, "RBAC: access denied");
  EXPECT_EQ(get("/").status, 200);
  EXPECT_EQ(counted("rbac_denied"), 2);
  EXPECT_EQ(counted("rbac_allowed"), 1);
}

constexpr char kRateOn[] =
    "filter_enabled: {default_value: {numerator: 100}}, filter_enforced: {default_value: "
    "{numerator: 100}}, ";

TEST_F(HttpFilters, ARateIsOneForAllWorkersAndGoesOnOverReloads) {
  start("local_ratelimit", "local_ratelimit.v3.LocalRateLimit",
        std::string(kRateOn) +
            "stat_prefix: edge, token_bucket: {max_tokens: 5, fill_interval: 3600s}, "
            "enable_x_ratelimit_headers: DRAFT_VERSION_03");
  const auto answered = [&](int asked) {
    int count = 0;
    for (int i = 0; i < asked; ++i) count += get("/").status == 200 ? 1 : 0;
    return count;
  };
  EXPECT_EQ(get("/").header("x-ratelimit-remaining"), "4");
  EXPECT_EQ(answered(10), 4);
  EXPECT_EQ(get("/").status, 429);
  EXPECT_EQ(get("/").body, "local_rate_limited");
  ASSERT_TRUE(convoy_->hangup());
  EXPECT_EQ(answered(3), 0);
  const auto count = [&](const std::string& name) {
    return convoy_->metric("envoy_http_local_rate_limit_" + name +
                           "{envoy_local_http_ratelimit_prefix=\"edge\"}");
  };
  EXPECT_EQ(count("enabled"), 16);
  EXPECT_EQ(count("ok"), 5);
  EXPECT_EQ(count("rate_limited"), 11);
  EXPECT_EQ(count("enforced"), 11);
}

TEST_F(HttpFilters, ARouteMayHaveARateOfItsOwn) {
  const std::string own =
      "typed_per_filter_config: {envoy.filters.http.local_ratelimit: {\"@type\": "
      "type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit, " +
      std::string(kRateOn) +
      "stat_prefix: route, token_bucket: {max_tokens: 1, fill_interval: 3600s}}}";
  start("local_ratelimit", "local_ratelimit.v3.LocalRateLimit", "stat_prefix: edge",
        "{match: {prefix: /slow}, route: {cluster: service}, " + own + "}, " +
            Config::toCluster("service"));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(get("/").status, 200);
  EXPECT_EQ(get("/slow").status, 200);
  EXPECT_EQ(get("/slow").status, 429);
  EXPECT_EQ(get("/").status, 200);
}

TEST_F(HttpFilters, FaultsAreInjectedAndCounted) {
  start("fault", "fault.v3.HTTPFault",
        "delay: {fixed_delay: 0.05s, percentage: {numerator: 100}},"
        " abort: {http_status: 503, percentage: {numerator: 100}},"
        " headers: [{name: x-break, present_match: true}]");
  EXPECT_EQ(get("/").status, 200);
  EXPECT_EQ(get("/", "x-break: 1\r\n").status, 503);
  EXPECT_EQ(counted("fault_delays_injected"), 1);
  EXPECT_EQ(counted("fault_aborts_injected"), 1);
  EXPECT_EQ(counted("fault_active_faults"), 0);
}

TEST_F(HttpFilters, FieldsAreAddedAndRemovedStepByStep) {
  start("header_mutation", "header_mutation.v3.HeaderMutation",
        "mutations: {request_mutations: [{append: {header: {key: x-path, value: '%REQ(:PATH)%'}}},"
        " {remove: x-secret}], response_mutations: [{append: {header: {key: x-by, value: us}}}]}");
  EXPECT_EQ(get("/p", "x-secret: 1\r\n").header("x-by"), "us");
  EXPECT_EQ(backend_.last().header("x-path"), "/p");
  EXPECT_FALSE(backend_.last().has("x-secret"));
}

TEST_F(HttpFilters, RequestsAreMirroredWhateverBecomesOfTheCopy) {
  start("cors", "cors.v3.Cors", "",
        Config::toCluster("service", "request_mirror_policies: [{cluster: copy}]"));
  copy_.setHandler([](const HttpMessage&, RawClient&) { return false; });
  for (int i = 0; i < 10; ++i) EXPECT_EQ(get("/x").body, "hello\n");
  EXPECT_TRUE(eventually([&] { return copy_.requests() >= 10; }));
}

}  // namespace
}  // namespace convoy::fakes
