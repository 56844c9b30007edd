// Promise: what the dashboard says is what the running program does: its numbers, its
// configuration, its reloads, and the routes that requests take. (The page itself: make
// dashboard-test.)
#include <gtest/gtest.h>
#include <json/json.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"

namespace convoy::fakes {
namespace {

Json::Value parsed(const std::string& text) {
  Json::Value value;
  std::string errors;
  const std::unique_ptr<Json::CharReader> reader(Json::CharReaderBuilder().newCharReader());
  EXPECT_TRUE(reader->parse(text.data(), text.data() + text.size(), &value, &errors)) << text;
  return value;
}

struct Front {
  FakeUpstream backend;
  uint16_t port = freePort();
  Config config;
  std::unique_ptr<ConvoyProcess> convoy;
  explicit Front(const std::string& routes = Config::toCluster("backend")) {
    config.http(port, routes).cluster("backend", {backend.port()});
    convoy = std::make_unique<ConvoyProcess>(config);
  }
  Json::Value json(const std::string& path) const { return parsed(convoy->admin(path).body); }
  Json::Value route(const std::string& query) const {
    return parsed(convoy->adminPost("/dashboard/route?" + query).body);
  }
};

TEST(DashboardPage, CountsWhatIsServed) {
  Front front;
  for (int i = 0; i < 5; ++i) ASSERT_EQ(httpGet(front.port, "/").status, 200);
  const Json::Value data = front.json("/dashboard/data?cluster=backend&memory");
  EXPECT_EQ(data["state"].asInt(), 0);
  EXPECT_EQ(data["clusters"][0][0].asInt(), 1);  // hosts
  EXPECT_EQ(data["clusters"][0][4].asInt(), 5);  // rq
  EXPECT_EQ(data["http"][0][0].asInt(), 5);
  EXPECT_EQ(data["hosts"]["backend"][0][2].asString(), "healthy");
  EXPECT_EQ(data["workers"].size(), 2u);
  EXPECT_GT(data["workers"][0]["proportional"].asUInt64(), 1u << 18);
  EXPECT_EQ(data["workers"][0]["state"].asString(), "accepting");
}

TEST(DashboardPage, KnowsSingleHosts) {
  Front front;
  for (int i = 0; i < 5; ++i) ASSERT_EQ(httpGet(front.port, "/").status, 200);
  // Each question also asks the workers for the next.
  Json::Value host;
  EXPECT_TRUE(eventually([&] {
    host = front.json("/dashboard/data?cluster=backend")["hosts"]["backend"][0];
    return host.size() == 11 && host[7].asInt() == 5;
  })) << host;
  EXPECT_EQ(host[6].asInt(), 0);  // active
  EXPECT_EQ(host[8].asInt(), 0);  // errors
  EXPECT_EQ(host[9].asInt(), 5);  // timed
  EXPECT_GT(host[10].asInt(), 0);
}

TEST(DashboardPage, KnowsTheFileAndRemembersReloads) {
  Front front;
  Json::Value map = front.json("/dashboard/map");
  const Ended sum = Child::run({"/usr/bin/sha256sum", front.convoy->configPath()});
  EXPECT_EQ(map["about"]["files"][0]["sha256"].asString(), sum.out.substr(0, 64));
  ASSERT_EQ(map["reloads"].size(), 1u);
  EXPECT_EQ(map["reloads"][0]["cause"].asString(), "start");

  const std::string good = front.config.text();
  front.convoy->rewrite("static_resources:\n  listenerz: []\n");
  ASSERT_TRUE(front.convoy->hangup());
  front.convoy->rewrite(good);
  ASSERT_TRUE(front.convoy->hangup());
  map = front.json("/dashboard/map");
  ASSERT_EQ(map["reloads"].size(), 3u);
  EXPECT_EQ(map["reloads"][0]["result"].asString(), "ok");
  EXPECT_EQ(map["reloads"][0]["generation"].asInt(), 2);
  EXPECT_EQ(map["reloads"][1]["result"].asString(), "invalid");
  EXPECT_NE(map["reloads"][1]["error"].asString().find("convoy.yaml:2:3"), std::string::npos);
  EXPECT_EQ(front.json("/dashboard/data")["map"].asString(), map["id"].asString());
}

// The tester's answers beside what becomes of such requests.
TEST(DashboardPage, TheRouteTesterTellsWhatHappens) {
  Front front(
      "{match: {path: /moved}, redirect: {path_redirect: /here}}, "
      "{match: {prefix: /say, headers: [{name: x-say, present_match: true}]}, "
      "direct_response: {status: 418}}, "
      "{match: {prefix: /api/}, route: {cluster: backend, prefix_rewrite: /v2/}}");
  Json::Value told = front.route("host=test&path=/moved");
  const HttpMessage seen = httpGet(front.port, "/moved");
  EXPECT_EQ(told["status"].asInt(), seen.status);
  EXPECT_EQ(told["location"].asString(), seen.header("location"));

  EXPECT_EQ(front.route("path=/say&header=x-say:1")["status"].asInt(), 418);
  EXPECT_EQ(front.route("path=/say")["outcome"].asString(), "no_route");
  EXPECT_EQ(httpGet(front.port, "/say").status, 404);

  told = front.route("path=/api/x");
  EXPECT_EQ(told["route"].asInt(), 2);
  EXPECT_EQ(told["clusters"][0]["name"].asString(), "backend");
  EXPECT_EQ(told["upstream"]["path"].asString(), "/v2/x");
  EXPECT_NE(told["at"].asString().find("convoy.yaml:"), std::string::npos);
  EXPECT_EQ(front.convoy->adminPost("/dashboard/route?path=x").status, 400);
}

TEST(DashboardPage, TheRouteTesterLeavesNoProcessBehind) {
  Front front;
  const std::vector<pid_t> before = front.convoy->workers();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(front.route("path=/")["outcome"].asString(), "forward");
  EXPECT_TRUE(eventually([&] { return front.convoy->workers() == before; }));
}

}  // namespace
}  // namespace convoy::fakes
