#include "master/admin/server.h"

#include <cstdio>
#include <fstream>
#include <random>
#include <sstream>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "tests/fakes/admin_world.h"
#include "tests/fakes/exposition.h"
#include "tests/fakes/gunzip.h"

namespace convoy::master {
namespace {

using fakes::AdminWorld;
using fakes::HttpAnswer;
using fakes::parseAnswer;

bool has(const HttpAnswer& answer, const std::string& field) {
  return answer.head.find("\r\n" + field + "\r\n") != std::string::npos;
}

[[maybe_unused]] size_t residentBytes() {
  std::ifstream statm("/proc/self/statm");
  size_t total = 0, resident = 0;
  statm >> total >> resident;
  return resident * static_cast<size_t>(::sysconf(_SC_PAGESIZE));
}

TEST(AdminServer, AnswersWithItsFields) {
  AdminWorld world;
  const HttpAnswer ready = world.get("/ready");
  EXPECT_EQ(ready.status, 200);
  EXPECT_EQ(ready.body, "LIVE\n");
  EXPECT_TRUE(has(ready, "content-type: text/plain; charset=utf-8"));
  EXPECT_TRUE(has(ready, "cache-control: no-cache, max-age=0"));
  EXPECT_TRUE(has(ready, "x-content-type-options: nosniff"));
  EXPECT_TRUE(has(ready, "content-length: 5"));
  EXPECT_NE(world.send("GET", "/help", "Accept: text/html\r\n")
                .head.find("content-security-policy: default-src 'none'"),
            std::string::npos);
}

TEST(AdminServer, KeepsTheConnectionAndTakesPipelinedRequests) {
  AdminWorld world;
  const std::string one = "GET /ready HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::string last = "GET /hot_restart_version HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::string text = world.raw(one + one + last);
  EXPECT_EQ(text.find("HTTP/1.1 200"), 0u);
  size_t answers = 0;
  for (size_t at = 0; (at = text.find("HTTP/1.1 200", at)) != std::string::npos; ++at) ++answers;
  EXPECT_EQ(answers, 3u);
  EXPECT_TRUE(text.ends_with("disabled"));
}

TEST(AdminServer, HeadHasNoBody) {
  AdminWorld world;
  const HttpAnswer ready = world.send("HEAD", "/ready");
  EXPECT_EQ(ready.status, 200);
  EXPECT_TRUE(has(ready, "content-length: 5"));
  EXPECT_EQ(ready.body, "");
  EXPECT_EQ(world.send("HEAD", "/stats/prometheus").body, "");
}

TEST(AdminServer, AnOldClientGetsTheScrapeUntilClose) {
  AdminWorld world;
  const HttpAnswer scrape = parseAnswer(world.raw("GET /stats/prometheus HTTP/1.0\r\n\r\n"));
  EXPECT_EQ(scrape.status, 200);
  EXPECT_EQ(scrape.head.find("transfer-encoding"), std::string::npos);
  EXPECT_TRUE(fakes::parseExposition(scrape.body).errors.empty());
}

TEST(AdminServer, CompressesWhatIsLongForWhoAsks) {
  AdminWorld world;
  const HttpAnswer plain = world.get("/stats/prometheus");
  EXPECT_TRUE(has(plain, "vary: accept-encoding"));
  const HttpAnswer packed =
      world.send("GET", "/stats/prometheus", "Accept-Encoding: br, gzip;q=0.5\r\n");
  EXPECT_TRUE(has(packed, "content-encoding: gzip"));
  EXPECT_LT(packed.body.size() * 8, plain.body.size());
  EXPECT_EQ(fakes::parseExposition(fakes::gunzip(packed.body)).families,
            fakes::parseExposition(plain.body).families);
  EXPECT_FALSE(has(world.send("GET", "/stats/prometheus", "Accept-Encoding: gzip;q=0\r\n"),
                   "content-encoding: gzip"));
  EXPECT_FALSE(
      has(world.send("GET", "/ready", "Accept-Encoding: gzip\r\n"), "content-encoding: gzip"));
}

TEST(AdminServer, PostNeedsNoBodyAndTakesForms) {
  AdminWorld world;
  EXPECT_EQ(world.post("/healthcheck/fail", "Content-Type: application/json\r\n").body, "OK\n");
  EXPECT_EQ(world.get("/ready").status, 503);
  EXPECT_EQ(world
                .send("POST", "/runtime_modify",
                      "Content-Type: application/x-www-form-urlencoded\r\n", "a=b")
                .status,
            503);
  EXPECT_EQ(world.send("POST", "/runtime_modify", "", "a=b").status, 400);
}

TEST(AdminServer, RefusesABodyThatIsTooLarge) {
  AdminWorld world;
  EXPECT_EQ(world.send("POST", "/reload", "", std::string(100 * 1024, 'x')).status, 413);
  EXPECT_TRUE(world.context.calls.empty());
}

TEST(AdminServer, ServesOnAUnixSocket) {
  const std::string path = "/tmp/convoy_admin_test." + std::to_string(::getpid());
  {
    AdminWorld world({"service"}, path);
    EXPECT_EQ(world.get("/ready").body, "LIVE\n");
    // Any Host: nobody resolves a name to a unix socket.
    EXPECT_EQ(world.post("/healthcheck/fail", "Host: admin.example\r\n").status, 200);
  }
  ::unlink(path.c_str());
}

TEST(AdminServer, PagesOfOtherSitesAreRefused) {
  AdminWorld world;
  EXPECT_EQ(world.post("/quitquitquit", "Origin: http://evil.example\r\n").status, 403);
  EXPECT_EQ(world.post("/quitquitquit", "Host: evil.example\r\n").status, 403);
  EXPECT_EQ(world.post("/quitquitquit", "Sec-Fetch-Site: cross-site\r\n").status, 403);
  EXPECT_TRUE(world.context.calls.empty());
  EXPECT_EQ(world.get("/ready").status, 200);
}

TEST(AdminServer, AReloadIsAnsweredWhenItIsDone) {
  AdminWorld world;
  world.context.hold_reload = true;
  base::UniqueFd client = world.connect();
  const std::string request = "POST /reload HTTP/1.1\r\nHost: localhost\r\n\r\n";
  ASSERT_EQ(::send(client.get(), request.data(), request.size(), 0),
            static_cast<ssize_t>(request.size()));
  EXPECT_EQ(world.get("/ready").status, 200);  // others are served meanwhile
  bool asked = false;
  while (!asked) world.inLoop([&] { asked = world.context.pending_reload != nullptr; });
  world.inLoop([&] { world.context.pending_reload("x.yaml:1:1: error"); });
  char buffer[4096];
  const ssize_t n = ::recv(client.get(), buffer, sizeof(buffer), 0);
  ASSERT_GT(n, 0);
  EXPECT_EQ(parseAnswer(std::string(buffer, static_cast<size_t>(n))).status, 409);
}

TEST(AdminServer, AReloadWhoseClientHasGoneHarmsNobody) {
  AdminWorld world;
  world.context.hold_reload = true;
  {
    base::UniqueFd client = world.connect();
    const std::string request = "POST /reload HTTP/1.1\r\nHost: localhost\r\n\r\n";
    ASSERT_GT(::send(client.get(), request.data(), request.size(), 0), 0);
    bool asked = false;
    while (!asked) world.inLoop([&] { asked = world.context.pending_reload != nullptr; });
    const linger reset{1, 0};
    ::setsockopt(client.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
  }
  EXPECT_EQ(world.get("/ready").status, 200);
  world.inLoop([&] { world.context.pending_reload(""); });
  EXPECT_EQ(world.get("/ready").status, 200);
}

TEST(AdminServer, CountsItsOwnRequests) {
  AdminWorld world;
  world.get("/ready");
  world.get("/nothing");
  const std::string text = world.get("/stats?filter=admin").body;
  EXPECT_NE(text.find("http.admin.downstream_rq_2xx: 1\n"), std::string::npos);
  EXPECT_NE(text.find("http.admin.downstream_rq_4xx: 1\n"), std::string::npos);
  EXPECT_NE(text.find("listener.admin.downstream_cx_total: 3\n"), std::string::npos);
  EXPECT_NE(text.find("listener.admin.downstream_cx_active: "), std::string::npos);
}

std::vector<std::string> manyClusters(size_t count) {
  std::vector<std::string> names;
  for (size_t i = 0; i < count; ++i) names.push_back("cluster_number_" + std::to_string(i));
  return names;
}

TEST(AdminServer, ALargeScrapeArrivesWhole) {
  AdminWorld world(manyClusters(200));
  const HttpAnswer scrape = world.get("/stats/prometheus");
  auto parsed = fakes::parseExposition(scrape.body);
  EXPECT_TRUE(parsed.errors.empty()) << parsed.errors.front();
  EXPECT_GT(scrape.body.size(), 2u * 1024 * 1024);
  EXPECT_EQ(
      parsed.value("envoy_cluster_upstream_rq_total{envoy_cluster_name=\"cluster_number_199\"}"),
      0);
}

TEST(AdminServer, SlowScrapersCostLittleMemoryAndHoldNobodyUp) {
  AdminWorld world(manyClusters(600));
  world.get("/stats/prometheus");  // touches every page of the slabs once
  [[maybe_unused]] const size_t before = residentBytes();
  std::vector<base::UniqueFd> slow;
  const std::string request = "GET /stats/prometheus HTTP/1.1\r\nHost: x\r\n\r\n";
  for (int i = 0; i < 12; ++i) {
    slow.push_back(world.connect());
    const int small = 4096;
    ::setsockopt(slow.back().get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    ASSERT_GT(::send(slow.back().get(), request.data(), request.size(), 0), 0);
  }
  for (int i = 0; i < 10; ++i) EXPECT_EQ(world.get("/ready").status, 200);
#ifndef __SANITIZE_ADDRESS__  // which keeps freed memory for a while
  // Each whole answer is about 9 MiB; unread ones may cost a fraction of it.
  EXPECT_LT(residentBytes(), before + 48 * 1024 * 1024);
#endif
}

TEST(AdminServer, ReadersThatDoNotReadAreRefusedBeforeTheyCostTooMuch) {
  AdminWorld world(manyClusters(1000));
  std::vector<base::UniqueFd> slow;
  const std::string request = "GET /stats HTTP/1.1\r\nHost: x\r\n\r\n";
  bool refused = false;
  for (int i = 0; i < 12 && !refused; ++i) {
    slow.push_back(world.connect());
    const int small = 4096;
    ::setsockopt(slow.back().get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    ASSERT_GT(::send(slow.back().get(), request.data(), request.size(), 0), 0);
    char status[12];
    ASSERT_EQ(::recv(slow.back().get(), status, sizeof(status), MSG_WAITALL), 12);
    refused = std::string(status, 12) == "HTTP/1.1 503";
  }
  EXPECT_TRUE(refused);
  slow.clear();
  while (world.get("/stats").status == 503) {  // until the server has seen them go
  }
}

TEST(AdminServer, LevelsOfComponentsThatHaveNotSpokenCanBeChanged) {
  AdminWorld world;
  const HttpAnswer changed = world.post("/logging?listener=debug");
  EXPECT_EQ(changed.status, 200);
  EXPECT_NE(changed.body.find("  listener: debug\n"), std::string::npos);
  world.post("/logging?level=info");
}

std::string promtool(const std::string& text, int* exit_code) {
  const std::string path = "/tmp/convoy_scrape." + std::to_string(::getpid());
  std::ofstream(path) << text;
  FILE* pipe = ::popen(("promtool check metrics < " + path + " 2>&1").c_str(), "r");
  std::ostringstream out;
  char buffer[4096];
  while (pipe != nullptr && ::fgets(buffer, sizeof(buffer), pipe) != nullptr) out << buffer;
  *exit_code = pipe == nullptr ? -1 : WEXITSTATUS(::pclose(pipe));
  ::unlink(path.c_str());
  return out.str();
}

TEST(AdminServer, PromtoolReadsTheScrape) {
  if (std::system("command -v promtool >/dev/null") != 0) GTEST_SKIP() << "no promtool";
  AdminWorld world;
  int code = 0;
  const std::string report = promtool(world.get("/stats/prometheus").body, &code);
  // 3: it reads the text but dislikes Envoy's names (no help, _total); 1: it does not parse.
  EXPECT_TRUE(code == 0 || code == 3) << report;
  EXPECT_EQ(report.find("error while linting"), std::string::npos) << report;
}

TEST(AdminServer, RandomBytesNeverHarmIt) {
  AdminWorld world;
  std::mt19937 random(20261123);
  const std::string alphabet = "GETPOSTHEAD /statsready?&=%\r\n:;HTTP/1.1 Host0123456789\0\xff";
  for (int i = 0; i < 300; ++i) {
    std::string bytes;
    if (random() % 2 == 0) bytes = "GET /stats?filter=";
    for (size_t n = random() % 400; n > 0; --n) {
      bytes +=
          random() % 4 == 0 ? static_cast<char>(random()) : alphabet[random() % alphabet.size()];
    }
    if (random() % 2 == 0) bytes += " HTTP/1.1\r\nHost: x\r\n\r\n";
    world.raw(bytes);
  }
  EXPECT_EQ(world.get("/ready").status, 200);
}

TEST(AdminServer, RandomTargetsNeverHarmIt) {
  AdminWorld world;
  std::mt19937 random(1);
  const std::string alphabet = "abc/?&=%20^*()[]{}\\.|+$-_~!,;:@";
  const char* const kPaths[] = {"/stats",    "/stats/prometheus", "/config_dump",
                                "/clusters", "/logging",          "/runtime_modify"};
  const char* const kParams[] = {"filter", "mask", "resource", "name_regex",
                                 "format", "type", "paths",    "level"};
  for (int i = 0; i < 300; ++i) {
    std::string target = std::string(kPaths[random() % 6]) + "?" + kParams[random() % 8] + "=";
    for (size_t n = random() % 60; n > 0; --n) target += alphabet[random() % alphabet.size()];
    const HttpAnswer answer = world.send(random() % 2 == 0 ? "GET" : "POST", target);
    EXPECT_GE(answer.status, 200) << target;
    EXPECT_LT(answer.status, 600) << target;
  }
  EXPECT_EQ(world.get("/ready").status, 200);
}

}  // namespace
}  // namespace convoy::master
