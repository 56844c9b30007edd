#include "master/admin/endpoints.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "common/base/json.h"
#include "common/base/log.h"
#include "master/admin/config_dump.h"
#include "master/admin/json_text.h"
#include "master/metrics/prometheus_text.h"
#include "tests/fakes/admin_context.h"
#include "tests/fakes/exposition.h"
#include "tests/fakes/test_certificates.h"

namespace convoy::master {
namespace {

using fakes::FakeAdminContext;
using stats::ClusterStat;

class Endpoints : public ::testing::Test {
 protected:
  AdminResponse ask(http::Method method, const std::string& target, AdminRequest request = {}) {
    request.method = method;
    request.method_name = method == http::Method::Post ? "POST" : "GET";
    if (request.authority.empty()) request.authority = "127.0.0.1:9901";
    parseTarget(target, &request);
    AdminResponse answer;
    dispatch(context, request, [&](AdminResponse r) { answer = std::move(r); });
    while (answer.more && answer.more(answer.body)) {
    }
    return answer;
  }
  AdminResponse get(const std::string& target) { return ask(http::Method::Get, target); }
  AdminResponse post(const std::string& target) { return ask(http::Method::Post, target); }
  Json::Value json(const std::string& target) {
    auto parsed = base::parseJson(get(target).body);
    EXPECT_TRUE(parsed.ok()) << target;
    return parsed.ok() ? parsed.value() : Json::Value();
  }
  FakeAdminContext context;
};

TEST_F(Endpoints, ReadyFollowsTheState) {
  EXPECT_EQ(get("/ready").body, "LIVE\n");
  EXPECT_EQ(get("/ready").status, 200);
  post("/healthcheck/fail");
  EXPECT_EQ(get("/ready").body, "DRAINING\n");
  EXPECT_EQ(get("/ready").status, 503);
  context.server_state = ServerState::Initializing;
  EXPECT_EQ(get("/ready").body, "INITIALIZING\n");
  context.server_state = ServerState::PreInitializing;
  EXPECT_EQ(get("/ready").body, "PRE_INITIALIZING\n");
}

TEST_F(Endpoints, SlashesAreMergedAndUnknownPathsListTheCommands) {
  EXPECT_EQ(get("//ready").body, "LIVE\n");
  const AdminResponse unknown = get("/nothing");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_TRUE(
      unknown.body.starts_with("invalid path. admin commands are:\n  /: Admin home page\n"));
  EXPECT_NE(unknown.body.find("  /quitquitquit (POST): exit the server\n"), std::string::npos);
}

TEST_F(Endpoints, WhatChangesStateNeedsPost) {
  for (const Endpoint& e : endpoints()) {
    if (!e.changes_state) continue;
    const AdminResponse answer = get(std::string(e.path));
    EXPECT_EQ(answer.status, 405) << e.path;
    EXPECT_EQ(answer.body, "Method GET not allowed, POST required.");
  }
  EXPECT_TRUE(context.calls.empty());
}

TEST_F(Endpoints, TheTableIsSorted) {
  EXPECT_TRUE(std::is_sorted(endpoints().begin(), endpoints().end(),
                             [](const Endpoint& a, const Endpoint& b) { return a.path < b.path; }));
}

TEST_F(Endpoints, ChangesReachTheMaster) {
  EXPECT_EQ(post("/healthcheck/fail").body, "OK\n");
  EXPECT_EQ(post("/healthcheck/ok").body, "OK\n");
  EXPECT_EQ(post("/quitquitquit").body, "OK\n");
  EXPECT_EQ(post("/reopen_logs").body, "OK\n");
  EXPECT_EQ(post("/drain_listeners").body, "OK\n");
  EXPECT_EQ(post("/drain_listeners?graceful&skip_exit").body, "OK\n");
  EXPECT_EQ(context.calls, (std::vector<std::string>{"healthcheck fail", "healthcheck ok", "quit",
                                                     "reopen", "drain", "drain graceful"}));
}

TEST_F(Endpoints, DrainRules) {
  EXPECT_EQ(post("/drain_listeners?skip_exit").status, 400);
  EXPECT_EQ(post("/drain_listeners?inboundonly").body, "OK\n");  // none is INBOUND
  EXPECT_TRUE(context.calls.empty());
  context.canonical = R"({"static_resources":{"listeners":[{"traffic_direction":"INBOUND"}]}})";
  post("/drain_listeners?inboundonly&graceful");
  EXPECT_EQ(context.calls.at(0), "drain graceful");
  context.canonical =
      R"({"static_resources":{"listeners":[{"traffic_direction":"INBOUND"},{"name":"x"}]}})";
  EXPECT_EQ(post("/drain_listeners?inboundonly").status, 501);
}

TEST_F(Endpoints, ReloadWaitsForItsResult) {
  EXPECT_EQ(post("/reload").body, "OK\n");
  context.reload_error = "envoy.yaml:3:1: error[E0102]: unknown field";
  const AdminResponse refused = post("/reload");
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(refused.body, "envoy.yaml:3:1: error[E0102]: unknown field\n");
}

TEST_F(Endpoints, PagesOfOtherSitesMayNotChangeState) {
  AdminRequest from_page;
  from_page.origin = "http://evil.example";
  EXPECT_EQ(ask(http::Method::Post, "/quitquitquit", from_page).status, 403);
  AdminRequest fetched;
  fetched.fetch_site = "cross-site";
  EXPECT_EQ(ask(http::Method::Post, "/quitquitquit", fetched).status, 403);
  AdminRequest rebound;
  rebound.authority = "evil.example:9901";
  EXPECT_EQ(ask(http::Method::Post, "/quitquitquit", rebound).status, 403);
  EXPECT_TRUE(context.calls.empty());

  AdminRequest home_page;
  home_page.origin = "http://127.0.0.1:9901";
  home_page.fetch_site = "same-origin";
  EXPECT_EQ(ask(http::Method::Post, "/quitquitquit", home_page).status, 200);
}

TEST_F(Endpoints, IstiosReadinessQuestionIsAnswered) {
  EXPECT_EQ(get("/stats?usedonly&filter=^(server\\.state|listener_manager\\.workers_started)").body,
            "listener_manager.workers_started: 1\nserver.state: 0\n");
}

TEST_F(Endpoints, StatsFiltersByTypeAndUse) {
  context.slabs[0].cluster(0).add(ClusterStat::upstream_rq_total, 2);
  context.slabs[1].cluster(0).inc(ClusterStat::upstream_rq_total);
  EXPECT_EQ(get("/stats?usedonly&type=Counters&filter=^cluster\\.service\\.").body,
            "cluster.service.upstream_rq_total: 3\n");
  EXPECT_EQ(get("/stats?type=Gauges&filter=^cluster\\.service\\.membership_").body,
            "cluster.service.membership_degraded: 0\ncluster.service.membership_excluded: 0\n"
            "cluster.service.membership_healthy: 1\ncluster.service.membership_total: 2\n");
  EXPECT_EQ(get("/stats?type=TextReadouts&filter=config_path").body,
            "convoy.config_path: \"/etc/convoy/envoy.yaml\"\n");
}

TEST_F(Endpoints, HistogramsHaveTheirForms) {
  const std::string base = "/stats?filter=^cluster\\.service\\.upstream_rq_time$";
  EXPECT_EQ(get(base).body, "cluster.service.upstream_rq_time: No recorded values\n");
  context.slabs[0].cluster(0).observe(ClusterStat::upstream_rq_time, 700);
  EXPECT_EQ(get(base).body,
            "cluster.service.upstream_rq_time: P0(nan,0.5) P25(nan,0.625) P50(nan,0.75) "
            "P75(nan,0.875) P90(nan,0.95) P95(nan,0.975) P99(nan,0.995) P99.5(nan,0.9975) "
            "P99.9(nan,0.9995) P100(nan,1)\n");
  EXPECT_EQ(get(base + "&histogram_buckets=none").body, "");
  EXPECT_TRUE(get(base + "&histogram_buckets=cumulative")
                  .body.starts_with("cluster.service.upstream_rq_time: B0.5(0,0) B1(0,1) B5(0,1)"));
  EXPECT_TRUE(get(base + "&histogram_buckets=disjoint")
                  .body.starts_with("cluster.service.upstream_rq_time: B0.5(0,0) B1(0,1) B5(0,0)"));
  EXPECT_TRUE(get(base + "&histogram_buckets=detailed")
                  .body.starts_with("cluster.service.upstream_rq_time:\n  totals=0.5,0.5:1\n"));
}

TEST_F(Endpoints, BadParametersAreRefusedWithTheUsage) {
  for (const char* query :
       {"format=xml", "type=x", "histogram_buckets=x", "hidden=x", "filter=("}) {
    const AdminResponse answer = get(std::string("/stats?") + query);
    EXPECT_EQ(answer.status, 400) << query;
    EXPECT_FALSE(answer.body.empty());
  }
  EXPECT_EQ(get("/stats/prometheus?histogram_buckets=disjoint").status, 400);
  EXPECT_EQ(get("/stats/prometheus?filter=(").status, 400);
}

TEST_F(Endpoints, StatsAsJson) {
  context.slabs[0].cluster(0).observe(ClusterStat::upstream_rq_time, 700);
  EXPECT_EQ(get("/stats?format=json&filter=^server\\.state$").body,
            "{\"stats\":[{\"name\":\"server.state\",\"value\":0}]}");
  const Json::Value all = json("/stats?format=json&filter=upstream_rq_time$");
  const Json::Value& h = all["stats"][0]["histograms"];
  EXPECT_EQ(h["supported_quantiles"].size(), 10u);
  EXPECT_EQ(h["computed_quantiles"].size(), 2u);
  EXPECT_TRUE(h["computed_quantiles"][1]["values"][0]["interval"].isNull());
}

TEST_F(Endpoints, PrometheusByEitherPath) {
  const AdminResponse direct = get("/stats/prometheus");
  EXPECT_EQ(direct.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(get("/stats?format=prometheus").content_type, direct.content_type);
  auto parsed = fakes::parseExposition(direct.body);
  EXPECT_TRUE(parsed.errors.empty()) << parsed.errors.front();
  EXPECT_EQ(parsed.value("envoy_server_live{}"), 1);
  EXPECT_EQ(parsed.value("envoy_cluster_membership_healthy{envoy_cluster_name=\"service\"}"), 1);
  EXPECT_EQ(parsed.value("envoy_cluster_membership_total{envoy_cluster_name=\"a.b\"}"), 0);
  EXPECT_EQ(parsed.value("convoy_workers{state=\"accepting\"}"), 2);
  EXPECT_EQ(parsed.value("convoy_workers{state=\"draining\"}"), 0);
  EXPECT_EQ(parsed.value("convoy_reloads_total{result=\"invalid\"}"), 0);
  EXPECT_EQ(parsed.value("convoy_config_last_reload_successful{}"), 1);
  EXPECT_GT(parsed.value("envoy_server_memory_physical_size{}"), 0);
}

ipc::HostStatsToldPayload toldOf(const std::string& address) {
  ipc::HostNumbers numbers;
  numbers.cx_active = 2;
  numbers.cx_total = 5;
  numbers.rq_active = 1;
  numbers.rq_error = 4;
  numbers.rq_success = 30;
  numbers.rq_timeout = 3;
  numbers.rq_total = 35;
  numbers.tcp_success = 9;  // not among them
  return {{{0, address, numbers}}};
}

TEST_F(Endpoints, ClustersAsText) {
  context.host_sums.add(toldOf("127.0.0.1:8001"));
  EXPECT_EQ(get("/clusters").body,
            "service::observability_name::service\n"
            "service::default_priority::max_connections::1024\n"
            "service::default_priority::max_pending_requests::1024\n"
            "service::default_priority::max_requests::1024\n"
            "service::default_priority::max_retries::3\n"
            "service::high_priority::max_connections::1024\n"
            "service::high_priority::max_pending_requests::1024\n"
            "service::high_priority::max_requests::1024\n"
            "service::high_priority::max_retries::3\n"
            "service::added_via_api::false\n"
            "service::127.0.0.1:8001::cx_active::2\n"
            "service::127.0.0.1:8001::cx_connect_fail::0\n"
            "service::127.0.0.1:8001::cx_total::5\n"
            "service::127.0.0.1:8001::rq_active::1\n"
            "service::127.0.0.1:8001::rq_error::4\n"
            "service::127.0.0.1:8001::rq_pending_active::0\n"
            "service::127.0.0.1:8001::rq_success::30\n"
            "service::127.0.0.1:8001::rq_timeout::3\n"
            "service::127.0.0.1:8001::rq_total::35\n"
            "service::127.0.0.1:8001::hostname::\n"
            "service::127.0.0.1:8001::health_flags::healthy\n"
            "service::127.0.0.1:8001::weight::1\n"
            "service::127.0.0.1:8001::region::\n"
            "service::127.0.0.1:8001::zone::\n"
            "service::127.0.0.1:8001::sub_zone::\n"
            "service::127.0.0.1:8001::canary::false\n"
            "service::127.0.0.1:8001::priority::0\n"
            "service::127.0.0.1:8001::success_rate::-1\n"
            "service::127.0.0.1:8001::local_origin_success_rate::-1\n"
            "service::127.0.0.1:8002::cx_active::0\n"
            "service::127.0.0.1:8002::cx_connect_fail::0\n"
            "service::127.0.0.1:8002::cx_total::0\n"
            "service::127.0.0.1:8002::rq_active::0\n"
            "service::127.0.0.1:8002::rq_error::0\n"
            "service::127.0.0.1:8002::rq_pending_active::0\n"
            "service::127.0.0.1:8002::rq_success::0\n"
            "service::127.0.0.1:8002::rq_timeout::0\n"
            "service::127.0.0.1:8002::rq_total::0\n"
            "service::127.0.0.1:8002::hostname::\n"
            "service::127.0.0.1:8002::health_flags::/failed_eds_health\n"
            "service::127.0.0.1:8002::weight::1\n"
            "service::127.0.0.1:8002::region::\n"
            "service::127.0.0.1:8002::zone::\n"
            "service::127.0.0.1:8002::sub_zone::\n"
            "service::127.0.0.1:8002::canary::false\n"
            "service::127.0.0.1:8002::priority::0\n"
            "service::127.0.0.1:8002::success_rate::-1\n"
            "service::127.0.0.1:8002::local_origin_success_rate::-1\n"
            "a.b::observability_name::a.b\n"
            "a.b::default_priority::max_connections::1024\n"
            "a.b::default_priority::max_pending_requests::1024\n"
            "a.b::default_priority::max_requests::1024\n"
            "a.b::default_priority::max_retries::3\n"
            "a.b::high_priority::max_connections::1024\n"
            "a.b::high_priority::max_pending_requests::1024\n"
            "a.b::high_priority::max_requests::1024\n"
            "a.b::high_priority::max_retries::3\n"
            "a.b::added_via_api::false\n");
}

TEST_F(Endpoints, ClustersTellOfOutlierDetection) {
  context.rates = std::make_unique<Ejections::BothRates>();
  (*context.rates)[0] = {98.5, 90, {{"127.0.0.1:8001", 100}, {"127.0.0.1:8002", 0}}};
  const std::string text = get("/clusters").body;
  EXPECT_NE(text.find("service::observability_name::service\n"
                      "service::outlier::success_rate_average::98.5\n"
                      "service::outlier::success_rate_ejection_threshold::90\n"
                      "service::outlier::local_origin_success_rate_average::-1\n"
                      "service::outlier::local_origin_success_rate_ejection_threshold::-1\n"
                      "service::default_priority::"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("service::127.0.0.1:8001::success_rate::100\n"
                      "service::127.0.0.1:8001::local_origin_success_rate::-1\n"),
            std::string::npos);
  EXPECT_EQ(text.find("a.b::outlier"), std::string::npos);
  const Json::Value status = json("/clusters?format=json")["cluster_statuses"][0];
  EXPECT_EQ(status["success_rate_ejection_threshold"]["value"].asDouble(), 90);
  EXPECT_FALSE(status.isMember("local_origin_success_rate_ejection_threshold"));
  EXPECT_EQ(status["host_statuses"][0]["success_rate"]["value"].asDouble(), 100);
  // 0 is a rate, and proto3's default.
  EXPECT_TRUE(status["host_statuses"][1].isMember("success_rate"));
}

TEST_F(Endpoints, HostsSayWhereTheyAreAndWhetherTheyAreCanaries) {
  config::LbEndpoint endpoint;
  endpoint.region = "r";
  endpoint.zone = "z";
  endpoint.canary = true;
  context.config->clusters[0].endpoints = {{}, endpoint};
  context.cluster_hosts[0][1].endpoint = 1;
  const std::string text = get("/clusters").body;
  EXPECT_NE(text.find("service::127.0.0.1:8002::region::r\n"
                      "service::127.0.0.1:8002::zone::z\n"
                      "service::127.0.0.1:8002::sub_zone::\n"
                      "service::127.0.0.1:8002::canary::true\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("service::127.0.0.1:8001::region::\n"), std::string::npos);
}

TEST_F(Endpoints, ClustersAndListenersAsJson) {
  context.host_sums.add(toldOf("127.0.0.1:8002"));
  const Json::Value clusters = json("/clusters?format=json");
  const Json::Value& host = clusters["cluster_statuses"][0]["host_statuses"][1];
  EXPECT_EQ(host["address"]["socket_address"]["port_value"].asInt(), 8002);
  EXPECT_EQ(host["health_status"]["eds_health_status"].asString(), "UNHEALTHY");
  EXPECT_EQ(base::writeJson(host["stats"]),
            R"([{"name":"cx_connect_fail"},{"name":"cx_total","value":"5"},)"
            R"({"name":"rq_error","value":"4"},{"name":"rq_success","value":"30"},)"
            R"({"name":"rq_timeout","value":"3"},{"name":"rq_total","value":"35"},)"
            R"({"name":"cx_active","type":"GAUGE","value":"2"},)"
            R"({"name":"rq_active","type":"GAUGE","value":"1"},)"
            R"({"name":"rq_pending_active","type":"GAUGE"}])");
  const Json::Value listeners = json("/listeners?format=json");
  EXPECT_EQ(listeners["listener_statuses"][1]["local_address"]["socket_address"]["port_value"],
            10001);
  EXPECT_EQ(get("/listeners").body,
            "listener_10000::127.0.0.1:10000\nlistener_10001::127.0.0.1:10001\n");
}

TEST_F(Endpoints, ServerInfo) {
  const std::string text = get("/server_info").body;
  EXPECT_NE(text.find(" \"state\": \"LIVE\""), std::string::npos);
  const Json::Value info = json("/server_info");
  const std::string version = info["version"].asString();
  EXPECT_EQ(std::count(version.begin(), version.end(), '/'), 4);
  EXPECT_EQ(info["uptime_current_epoch"].asString(), "61s");
  EXPECT_EQ(info["command_line_options"]["config_path"].asString(), "/etc/convoy/envoy.yaml");
  EXPECT_EQ(info["command_line_options"]["concurrency"].asInt(), 2);
  EXPECT_EQ(info["node"]["id"].asString(), "node-1");
}

TEST_F(Endpoints, ConfigDumpIsPositional) {
  const Json::Value dump = json("/config_dump");
  const char* const kTypes[] = {"Bootstrap",    "Clusters", "Listeners",
                                "ScopedRoutes", "Routes",   "Secrets"};
  ASSERT_EQ(dump["configs"].size(), 6u);
  for (Json::ArrayIndex i = 0; i < 6; ++i) {
    EXPECT_EQ(dump["configs"][i]["@type"].asString(),
              std::string("type.googleapis.com/envoy.admin.v3.") + kTypes[i] + "ConfigDump");
  }
  const Json::Value& cluster = dump["configs"][1]["static_clusters"][0]["cluster"];
  EXPECT_EQ(cluster["@type"].asString(), "type.googleapis.com/envoy.config.cluster.v3.Cluster");
  EXPECT_EQ(cluster["name"].asString(), "service");
  EXPECT_EQ(dump["configs"][4]["static_route_configs"][0]["route_config"]["name"].asString(),
            "local_route");
  EXPECT_EQ(dump["configs"][0]["last_updated"].asString(), "2023-11-14T22:13:20Z");
}

TEST_F(Endpoints, ConfigDumpWithEndpointsHasThemThird) {
  const Json::Value dump = json("/config_dump?include_eds");
  const Json::Value& first = dump["configs"][2]["static_endpoint_configs"][0]["endpoint_config"];
  EXPECT_EQ(first["cluster_name"].asString(), "service");
  EXPECT_EQ(first["endpoints"][0]["lb_endpoints"].size(), 2u);
}

TEST_F(Endpoints, ConfigDumpShowsNoSecrets) {
  const std::string text = get("/config_dump").body;
  EXPECT_EQ(text.find("hush"), std::string::npos);
  EXPECT_NE(text.find("[redacted]"), std::string::npos);
  EXPECT_NE(text.find("/c.pem"), std::string::npos);
}

TEST_F(Endpoints, ConfigDumpBySelection) {
  const Json::Value named = json("/config_dump?resource=static_clusters&name_regex=serv.*");
  ASSERT_EQ(named["configs"].size(), 1u);
  EXPECT_EQ(named["configs"][0]["cluster"]["name"].asString(), "service");
  const Json::Value masked = json("/config_dump?resource=static_clusters&mask=cluster.name");
  EXPECT_EQ(masked["configs"][1]["cluster"]["name"].asString(), "a.b");
  EXPECT_FALSE(masked["configs"][1].isMember("last_updated"));
  EXPECT_EQ(get("/config_dump?resource=dynamic_nothing").status, 404);
  EXPECT_EQ(get("/config_dump?name_regex=(").status, 400);
}

TEST_F(Endpoints, LoggingShowsAndChangesLevels) {
  base::logger("admin");
  const std::string all = post("/logging").body;
  EXPECT_TRUE(all.starts_with("active loggers:\n"));
  EXPECT_NE(all.find("  admin: "), std::string::npos);
  EXPECT_NE(post("/logging?admin=debug").body.find("  admin: debug\n"), std::string::npos);
  EXPECT_EQ(context.calls.back(), "log admin debug");
  post("/logging?paths=admin:warning");
  EXPECT_EQ(context.calls.back(), "log admin warning");
  post("/logging?level=info");
  EXPECT_EQ(context.calls.back(), "log  info");
  const size_t calls = context.calls.size();
  for (const char* bad : {"level=loud", "nobody=info", "paths=admin:debug,nobody:info",
                          "paths=admin", "level=info&admin=debug"}) {
    const AdminResponse answer = post(std::string("/logging?") + bad);
    EXPECT_EQ(answer.status, 400) << bad;
    EXPECT_TRUE(answer.body.starts_with("usage: /logging?<name>=<level>")) << bad;
  }
  EXPECT_EQ(context.calls.size(), calls);
}

TEST_F(Endpoints, ResetCountersStartsFromZero) {
  context.slabs[0].cluster(0).add(ClusterStat::upstream_rq_total, 2);
  EXPECT_EQ(post("/reset_counters").body, "OK\n");
  EXPECT_EQ(get("/stats?filter=^cluster\\.service\\.upstream_rq_total$").body,
            "cluster.service.upstream_rq_total: 0\n");
}

TEST_F(Endpoints, CertsAreThoseInUse) {
  TestCa ca;
  const TestCertificate server = ca.sign("example.com", "DNS:example.com,IP:127.0.0.1", 30);
  config::DownstreamTls tls;
  tls.certificates.push_back(
      {server.chain_pem, server.key_pem, "", "", "/tls.crt", {}, {}, {}, {}});
  tls.validation.trusted_ca_pem = ca.pem();
  auto changed = std::make_shared<config::Bootstrap>(*context.config);
  changed->listeners[0].filter_chain.tls = tls;
  context.config = changed;

  const Json::Value list = json("/certs")["certificates"];

  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0]["ca_cert"][0]["path"].asString(), "<inline>");
  const Json::Value chain = list[0]["cert_chain"][0];
  EXPECT_EQ(chain["path"].asString(), "/tls.crt");
  EXPECT_EQ(chain["subject_alt_names"][0]["dns"].asString(), "example.com");
  EXPECT_EQ(chain["subject_alt_names"][1]["ip_address"].asString(), "127.0.0.1");
  const std::string days = chain["days_until_expiration"].asString();
  EXPECT_TRUE(days == "29" || days == "30") << days;
  const std::string scrape = get("/stats/prometheus").body;
  // A day may have ended since.
  const std::string first = "\nenvoy_server_days_until_first_cert_expiring{} ";
  EXPECT_TRUE(scrape.find(first + days + "\n") != std::string::npos ||
              scrape.find(first + "29\n") != std::string::npos);
  EXPECT_NE(scrape.find("envoy_listener_ssl_certificate_expiration_unix_time_seconds{"
                        "envoy_listener_address=\""),
            std::string::npos);
  EXPECT_NE(get("/stats?filter=unnamed_cert_").body.find(".expiration_unix_time_seconds: "),
            std::string::npos);
}

TEST_F(Endpoints, ConfigDumpNamesFilesWhoseTextItHolds) {
  Json::Value value(Json::objectValue);
  value["certificate_chain"]["inline_string"] = "PEM";
  value["certificate_chain"]["convoy_inlined_from"] = "/tls.crt";
  showFileNames(value);
  EXPECT_EQ(base::writeJson(value), R"({"certificate_chain":{"filename":"/tls.crt"}})");
}

TEST_F(Endpoints, AllowPathsRefusesTheOthers) {
  auto changed = std::make_shared<config::Bootstrap>(*context.config);
  using Kind = base::StringMatcher::Kind;
  changed->admin.allow_paths = {*base::StringMatcher::make(Kind::Exact, "/ready"),
                                *base::StringMatcher::make(Kind::Prefix, "/stats")};
  context.config = changed;
  EXPECT_EQ(get("/ready").status, 200);
  EXPECT_EQ(get("/stats?filter=server.live").status, 200);
  EXPECT_EQ(get("/clusters").status, 403);
  EXPECT_EQ(get("/nope").body, "request to path /nope not allowed");
  EXPECT_EQ(post("/quitquitquit?x=1").body, "request to path /quitquitquit?x=1 not allowed");
  EXPECT_TRUE(context.calls.empty());
}

TEST_F(Endpoints, TheMetricsListenerServesTwoPathsAndChangesNothing) {
  const auto asked = [&](http::Method method, const std::string& target) {
    AdminRequest request;
    request.method = method;
    request.method_name = method == http::Method::Post ? "POST" : "GET";
    parseTarget(target, &request);
    AdminResponse answer;
    dispatchMetrics(context, request, [&](AdminResponse r) { answer = std::move(r); });
    return answer;
  };
  EXPECT_EQ(asked(http::Method::Get, "/ready").body, "LIVE\n");
  EXPECT_EQ(asked(http::Method::Get, "/stats/prometheus").content_type, kPrometheusContentType);
  EXPECT_EQ(asked(http::Method::Post, "/stats/prometheus").status, 405);
  for (const Endpoint& e : endpoints()) {
    if (e.path == "/ready" || e.path == "/stats/prometheus") continue;
    EXPECT_EQ(asked(http::Method::Get, std::string(e.path)).status, 404) << e.path;
    EXPECT_EQ(asked(http::Method::Post, std::string(e.path)).status, 404) << e.path;
  }
  EXPECT_TRUE(context.calls.empty());
}

TEST_F(Endpoints, RuntimeShowsEveryLayerAndModifiesTheAdminOne) {
  EXPECT_EQ(post("/runtime_modify?a=b").body, "No admin layer specified");
  context.canonical = R"({"layered_runtime": {"layers": [
    {"name": "base", "static_layer": {"a": {"b": 3}, "share": {"numerator": 5}}},
    {"name": "gone", "disk_layer": {"symlink_root": "/nowhere", "convoy_values": null}},
    {"name": "admin", "admin_layer": {"convoy_overrides": {"a.b": 7}}}]}})";
  const Json::Value runtime = json("/runtime");
  EXPECT_EQ(runtime["layers"][1].asString(), "admin");
  EXPECT_EQ(runtime["entries"]["a.b"]["final_value"].asString(), "7");
  EXPECT_EQ(runtime["entries"]["a.b"]["layer_values"][0].asString(), "3");
  EXPECT_EQ(runtime["entries"]["share"]["layer_values"][1].asString(), "");
  EXPECT_EQ(json("/config_dump")["configs"][0]["bootstrap"]["layered_runtime"]["layers"][2],
            base::parseJson(R"({"name": "admin", "admin_layer": {}})").value());
  EXPECT_EQ(post("/runtime_modify?a.b=9&c=").body, "OK\n");
  EXPECT_EQ(context.calls, (std::vector<std::string>{"runtime a.b=9", "runtime c="}));
  context.reload_error = "envoy.yaml:3:1: error";
  EXPECT_EQ(post("/runtime_modify?a.b=x").status, 409);
}

TEST_F(Endpoints, ProfilersSayThatTheyAreNotThere) {
  EXPECT_EQ(post("/cpuprofiler").body, "?enable=<y|n>\n");
  EXPECT_EQ(post("/cpuprofiler?enable=y").status, 501);
  EXPECT_EQ(post("/heapprofiler?enable=n").status, 501);
  EXPECT_EQ(get("/heap_dump").status, 501);
  EXPECT_EQ(get("/memory/tcmalloc").status, 501);
  EXPECT_EQ(post("/stats/recentlookups/enable").body, "OK\n");
  EXPECT_NE(get("/stats/recentlookups").body.find("total: 0"), std::string::npos);
}

TEST_F(Endpoints, ClustersMayBeFilteredByName) {
  const std::string some = get("/clusters?filter=^serv").body;
  EXPECT_NE(some.find("service::"), std::string::npos);
  EXPECT_EQ(some.find("a.b::"), std::string::npos);
  EXPECT_EQ(json("/clusters?format=json&filter=^a")["cluster_statuses"].size(), 1u);
  EXPECT_EQ(context.hosts_asked, (std::vector<uint32_t>{1}));  // no others
  EXPECT_EQ(get("/clusters?filter=(").status, 400);
}

TEST_F(Endpoints, AFilterMayBeInverted) {
  const std::string rest = get("/stats?filter=^(cluster|http|listener)&invert_filter").body;
  EXPECT_EQ(rest.find("cluster.service"), std::string::npos);
  EXPECT_NE(rest.find("server.live"), std::string::npos);
}

TEST_F(Endpoints, TheSmallOnes) {
  EXPECT_EQ(get("/certs").body, "{\n \"certificates\": []\n}\n");
  EXPECT_EQ(get("/hot_restart_version").body, "disabled");
  EXPECT_EQ(get("/runtime").body, "{\n \"entries\": {},\n \"layers\": []\n}\n");
  EXPECT_EQ(get("/init_dump").body, "{}\n");
  EXPECT_TRUE(get("/contention").body.starts_with("Mutex contention tracing is not enabled."));
  EXPECT_EQ(post("/runtime_modify").status, 400);
  EXPECT_EQ(post("/runtime_modify?a=b").status, 503);
  EXPECT_TRUE(json("/memory")["heap_size"].isString());
  EXPECT_EQ(json("/workers")["workers"][1]["state"].asString(), "accepting");
  context.worker_views[1].state = "starting";
  EXPECT_EQ(json("/init_dump")["unready_targets_dumps"][0]["target_names"][0].asString(),
            "worker 1 starting");
}

TEST_F(Endpoints, MemoryIsThatOfAllHeapsAndNeverMoreThanTheyAre) {
  using stats::ServerStat;
  for (auto& slab : context.slabs) {
    stats::StatBlock<ServerStat> told = slab.server();
    told.set(ServerStat::server_memory_allocated, 1'000'000'000);
    told.set(ServerStat::server_memory_heap_size, 1'500'000'000);
  }
  const Json::Value memory = json("/memory");
  const uint64_t allocated = std::stoull(memory["allocated"].asString());
  const uint64_t heap = std::stoull(memory["heap_size"].asString());
  EXPECT_GE(allocated, 2'000'000'000u);  // and the master's own
  EXPECT_LT(allocated, 3'000'000'000u);
  EXPECT_GE(heap, allocated);
  EXPECT_GT(std::stoull(memory["total_physical_bytes"].asString()), 0u);
}

TEST_F(Endpoints, HelpIsAPageForBrowsersAndTextForPrograms) {
  AdminRequest browser;
  browser.accept = "text/html,application/xhtml+xml,*/*;q=0.8";
  const AdminResponse page = ask(http::Method::Get, "/help", browser);
  EXPECT_EQ(page.content_type, kHtmlType);
  for (const Endpoint& e : endpoints()) {
    EXPECT_NE(page.body.find(e.path.substr(1)), std::string::npos) << e.path;
  }
  EXPECT_NE(page.body.find("<form action=\"quitquitquit\" method=\"post\">"), std::string::npos);
  AdminRequest curl;
  curl.accept = "*/*";
  for (const char* path : {"/", "/help"}) {
    EXPECT_EQ(get(path).body, helpText()) << path;
    EXPECT_EQ(ask(http::Method::Get, path, curl).body, helpText()) << path;
  }
}

}  // namespace
}  // namespace convoy::master
