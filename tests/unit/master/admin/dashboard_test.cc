#include <regex>

#include <gtest/gtest.h>

#include "common/base/json.h"
#include "master/admin/dashboard_assets.h"
#include "master/admin/dashboard_data.h"
#include "master/admin/dashboard_map.h"
#include "master/admin/endpoints.h"
#include "tests/fakes/admin_context.h"

namespace convoy::master {
namespace {

using fakes::FakeAdminContext;
using stats::ClusterStat;
using stats::HttpStat;

class Dashboard : public ::testing::Test {
 protected:
  AdminResponse ask(http::Method method, const std::string& target, AdminRequest request = {}) {
    request.method = method;
    request.method_name = method == http::Method::Post ? "POST" : "GET";
    if (request.authority.empty()) request.authority = "127.0.0.1:9901";
    parseTarget(target, &request);
    AdminResponse answer;
    dispatch(context, request, [&](AdminResponse r) { answer = std::move(r); });
    return answer;
  }
  Json::Value json(const std::string& target) {
    auto parsed = base::parseJson(ask(http::Method::Get, target).body);
    EXPECT_TRUE(parsed.ok()) << target;
    return parsed.ok() ? parsed.value() : Json::Value();
  }
  // The value of a name in a row, as the page finds it.
  int64_t value(const Json::Value& row, const std::string& kind, const std::string& name,
                size_t i = 0) {
    const Json::Value map = json("/dashboard/map");
    size_t at = 0;
    for (const Json::Value& field : map["fields"][kind]) {
      const std::string text = field.asString();
      const size_t colon = text.find(':');
      if (text.substr(0, colon) == name) {
        const auto index = static_cast<Json::ArrayIndex>(at + i);
        return index < row.size() ? row[index].asInt64() : 0;
      }
      at += colon == std::string::npos ? 1 : std::stoul(text.substr(colon + 1));
    }
    ADD_FAILURE() << "no " << kind << " " << name;
    return -1;
  }
  FakeAdminContext context;
};

TEST_F(Dashboard, RowsHaveTheSumOverWorkersWhereTheMapSays) {
  for (uint32_t worker : {0u, 1u}) {
    auto cluster = context.slabs[worker].cluster(0);
    cluster.add(ClusterStat::upstream_rq_total, 5);
    cluster.status(ClusterStat::upstream_rq_xx, 503);
    cluster.observe(ClusterStat::upstream_rq_time, 700);
    cluster.set(ClusterStat::circuit_breakers_default_rq_open, 1);
    context.slabs[worker].http().add(HttpStat::no_route, 2);
  }
  const Json::Value data = json("/dashboard/data");
  const Json::Value& row = data["clusters"][0];
  EXPECT_EQ(value(row, "clusters", "hosts"), 2);
  EXPECT_EQ(value(row, "clusters", "healthy"), 1);
  EXPECT_EQ(value(row, "clusters", "rq"), 10);
  EXPECT_EQ(value(row, "clusters", "xx", 4), 2);
  EXPECT_EQ(value(row, "clusters", "time", 0), 0);
  EXPECT_EQ(value(row, "clusters", "time", 1), 2);  // 0.5 ms < 0.7 ms <= 1 ms
  EXPECT_EQ(value(row, "clusters", "rq_open"), 1);  // a state, not a count
  EXPECT_EQ(value(data["http"][0], "http", "no_route"), 4);
}

TEST_F(Dashboard, WhatDoesNothingCostsNothing) {
  std::vector<std::string> names;
  for (int i = 0; i < 1000; ++i) names.push_back("service-" + std::to_string(i));
  FakeAdminContext many(names);
  const std::string text = dashboardData(many, {});
  EXPECT_LT(text.size(), 5000u);
  auto parsed = base::parseJson(text);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ((*parsed)["clusters"].size(), 1000u);
  EXPECT_EQ((*parsed)["clusters"][1].size(), 0u);
}

TEST_F(Dashboard, HostsAreToldOfTheClustersThatAreAskedFor) {
  context.cluster_hosts[0][1].failed_check = true;
  EXPECT_EQ(json("/dashboard/data")["hosts"].size(), 0u);
  const Json::Value hosts = json("/dashboard/data?cluster=service&cluster=nobody")["hosts"];
  ASSERT_EQ(hosts.size(), 1u);
  EXPECT_EQ(hosts["service"][0][0].asString(), "127.0.0.1:8001");
  EXPECT_EQ(hosts["service"][0][2].asString(), "healthy");
  EXPECT_EQ(hosts["service"][1][2].asString(), "failed check");
}

TEST_F(Dashboard, WorkersAreAskedAboutHostsAndWhatTheySaidIsTold) {
  EXPECT_EQ(json("/dashboard/data?cluster=a.b&cluster=service")["hosts"]["service"][0].size(), 6u);
  EXPECT_EQ(context.hosts_asked, (std::vector<uint32_t>{1, 0}));
  ipc::HostNumbers numbers;
  numbers.active = 2;
  numbers.rq_success = 26;
  numbers.rq_error = 4;
  numbers.timed = 26;
  numbers.time_us = 5200;
  context.host_book.note(1, 0, {{{0, "127.0.0.1:8001", numbers}}});
  const Json::Value host = json("/dashboard/data?cluster=service")["hosts"]["service"][0];
  EXPECT_EQ(base::writeJson(host), R"(["127.0.0.1:8001","","healthy",1,0,"",2,30,4,26,5200])");
}

TEST_F(Dashboard, WorkersSayWhatTheyTakeAndForHowLongTheyDrain) {
  context.worker_views[1].pid = ::getpid();
  context.worker_views[1].state = "draining";
  context.worker_views[1].draining_ms = 1500;
  const Json::Value worker = json("/dashboard/data?memory")["workers"][1];
  EXPECT_EQ(worker["state"].asString(), "draining");
  EXPECT_EQ(worker["draining_ms"].asUInt64(), 1500u);
  EXPECT_GT(worker["resident"].asUInt64(), 1u << 20);
  EXPECT_GT(worker["proportional"].asUInt64(), 1u << 18);
}

TEST_F(Dashboard, TheMapIsANewOneAfterEachReload) {
  const std::string before = json("/dashboard/data")["map"].asString();
  EXPECT_EQ(before, json("/dashboard/map")["id"].asString());
  context.reload_history.begin("file", 1700000000, 1000);
  context.reload_history.end("invalid", 1, "envoy.yaml:3:1: error[E0102]", 1012);
  EXPECT_NE(json("/dashboard/data")["map"].asString(), before);
  const Json::Value reload = json("/dashboard/map")["reloads"][0];
  EXPECT_EQ(reload["result"].asString(), "invalid");
  EXPECT_EQ(reload["duration_ms"].asUInt64(), 12u);
  EXPECT_EQ(reload["error"].asString(), "envoy.yaml:3:1: error[E0102]");
}

config::Route routeTo(const std::string& cluster, int line) {
  config::Route route;
  route.match.path = "/";
  route.action.cluster = cluster;
  route.origin.line = line;
  return route;
}

config::HttpConnectionManager& managerOf(config::Bootstrap& bootstrap) {
  return std::get<config::HttpConnectionManager>(bootstrap.listeners[0].filter_chain.terminal);
}

TEST_F(Dashboard, TheMapLeadsFromListenersToClustersWithTheirPlaces) {
  context.origin.files = {{"/etc/envoy.yaml", "ab", 12}};
  config::VirtualHost host;
  host.name = "v";
  host.domains = {"*"};
  host.routes = {routeTo("a.b", 7), routeTo("nobody", 8)};
  managerOf(*context.config).route_config.virtual_hosts = {host};
  const Json::Value map = json("/dashboard/map");
  const Json::Value& routes = map["listeners"][0]["chains"][0]["virtual_hosts"][0]["routes"];
  EXPECT_EQ(routes[0]["match"].asString(), "prefix /");
  EXPECT_EQ(routes[0]["at"].asString(), "/etc/envoy.yaml:7");
  EXPECT_EQ(routes[0]["to"][0]["cluster"].asUInt(), 1u);
  EXPECT_EQ(routes[1]["to"][0]["missing"].asString(), "nobody");
  EXPECT_EQ(map["listeners"][1]["chains"][0]["kind"].asString(), "tcp");
}

TEST_F(Dashboard, AHugeTableOfRoutesIsCountedNotTold) {
  config::VirtualHost host;
  host.routes.resize(kMaxMapRoutes + 5);
  managerOf(*context.config).route_config.virtual_hosts = {host};
  EXPECT_EQ(json("/dashboard/map")["routes_left_out"].asUInt(), 5u);
}

TEST_F(Dashboard, WarningsOfTheLoaderHaveTheirPlaces) {
  config::Diagnostic warning;
  warning.code = "W0404";
  warning.file = "envoy.yaml";
  warning.line = 12;
  warning.column = 5;
  warning.message = "each worker counts on its own";
  context.origin.warnings = {warning};
  const Json::Value told = json("/dashboard/map")["warnings"][0];
  EXPECT_EQ(told["code"].asString(), "W0404");
  EXPECT_EQ(told["line"].asInt(), 12);
  EXPECT_EQ(told["column"].asInt(), 5);
}

TEST_F(Dashboard, ABrowserGetsThePageWithAPolicyThatAllowsItsOwnFilesOnly) {
  AdminRequest browser;
  browser.accept = "text/html,*/*;q=0.8";
  const AdminResponse page = ask(http::Method::Get, "/", browser);
  EXPECT_EQ(page.content_type, kHtmlType);
  EXPECT_EQ(page.body, dashboardPage());
  EXPECT_NE(page.content_policy.find("default-src 'none'; script-src 'self';"), std::string::npos);
  EXPECT_EQ(page.content_policy.find("unsafe"), std::string::npos);
  EXPECT_EQ(ask(http::Method::Get, "/dashboard/app.js").content_type,
            "text/javascript; charset=UTF-8");
  EXPECT_EQ(ask(http::Method::Get, "/dashboard/app.css").content_type, "text/css; charset=UTF-8");
  EXPECT_EQ(ask(http::Method::Get, "/dashboard/icon.svg").content_type, "image/svg+xml");
}

// The policy would stop these in the browser; here they do not even get so far.
TEST_F(Dashboard, ItsFilesHaveNoInlineCodeAndNameNoOtherPlace) {
  const std::string page(dashboardPage());
  EXPECT_FALSE(std::regex_search(page, std::regex(R"([\s"]on[a-z]+\s*=)")));
  EXPECT_FALSE(std::regex_search(page, std::regex(R"(\sstyle\s*=|<style|<script>)")));
  for (const std::string_view text : {dashboardPage(), dashboardScript(), dashboardStyle()}) {
    EXPECT_EQ(text.find("https://"), std::string_view::npos);
    for (const char* unsafe : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write"}) {
      EXPECT_EQ(text.find(unsafe), std::string_view::npos) << unsafe;
    }
  }
}

TEST_F(Dashboard, TheRouteTesterAsksAndAddsNamesAndPlaces) {
  context.origin.files = {{"envoy.yaml", "ab", 12}};
  config::VirtualHost host;
  host.name = "v";
  host.routes = {routeTo("service", 31)};
  host.routes[0].name = "all";
  managerOf(*context.config).route_config.virtual_hosts = {host};
  context.route_answer =
      R"({"outcome":"forward","listener":0,"chain":0,"virtual_host":0,"route":0})";
  const AdminResponse answer = ask(
      http::Method::Post, "/dashboard/route?host=a.test&path=/x%3Fq&header=x-a:%20b&header=x-c:d");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(context.route_asked["host"].asString(), "a.test");
  EXPECT_EQ(context.route_asked["path"].asString(), "/x?q");
  EXPECT_EQ(base::writeJson(context.route_asked["headers"]), R"([["x-a","b"],["x-c","d"]])");
  auto parsed = base::parseJson(answer.body);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ((*parsed)["names"]["listener"].asString(), "listener_10000");
  EXPECT_EQ((*parsed)["names"]["route"].asString(), "all");
  EXPECT_EQ((*parsed)["at"].asString(), "envoy.yaml:31");
}

TEST_F(Dashboard, TheRouteTesterSaysWhyItCannotAnswer) {
  context.route_ok = false;
  context.route_answer = "the path has to begin with /";
  const AdminResponse answer = ask(http::Method::Post, "/dashboard/route?path=x");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body, "the path has to begin with /\n");
  context.route_ok = true;
  for (const char* broken : {"", "[]", R"({"listener":99})", R"({"listener":0,"chain":"x"})"}) {
    context.route_answer = broken;
    EXPECT_NE(ask(http::Method::Post, "/dashboard/route").status, 0) << broken;
  }
}

// It starts a process: no page of another site may make us do that.
TEST_F(Dashboard, TheRouteTesterIsGuarded) {
  EXPECT_EQ(ask(http::Method::Get, "/dashboard/route").status, 405);
  AdminRequest foreign;
  foreign.fetch_site = "cross-site";
  EXPECT_EQ(ask(http::Method::Post, "/dashboard/route", foreign).status, 403);
  EXPECT_TRUE(context.route_asked.isNull());
}

}  // namespace
}  // namespace convoy::master
