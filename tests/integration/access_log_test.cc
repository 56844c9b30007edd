// Promise: access-log lines have Envoy's format, survive rotation without a loss, and a full disk
// does not stop the traffic.
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sys/stat.h>

#include <gtest/gtest.h>
#include <json/json.h>

#include "common/base/unique_fd.h"
#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"
#include "tests/fakes/load_client.h"
#include "tests/fakes/own_mounts.h"

namespace convoy::fakes {
namespace {

struct Front {
  TempDir dir;
  FakeUpstream backend;
  uint16_t port = freePort();
  std::string log = dir.path("access.log");
  std::unique_ptr<ConvoyProcess> convoy;
  explicit Front(const std::string& hcm = "", bool default_log = true) {
    Config config;
    config.http(port, Config::toCluster("backend"), hcm, default_log ? log : "")
        .cluster("backend", {backend.port()});
    convoy = std::make_unique<ConvoyProcess>(config);
  }
};

TEST(AccessLog, DefaultLineIsEnvoys) {
  Front front;
  RawClient(front.port)
      .request("POST", "/x?y=1", "User-Agent: tester/1\r\nX-Forwarded-For: 1.2.3.4\r\n", "12345");
  const std::regex line(
      "\\[\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z\\] \"POST /x\\?y=1 HTTP/1\\.1\" 200 "
      "- 5 6 "
      "\\d+ \\d+ \"1\\.2\\.3\\.4\" \"tester/1\" \"[0-9a-f-]{36}\" \"test\" \"127\\.0\\.0\\.1:" +
      std::to_string(front.backend.port()) + "\"");
  EXPECT_TRUE(eventually([&] {
    const auto lines = readLines(front.log);
    return lines.size() == 1 && std::regex_match(lines[0], line);
  })) << readFile(front.log);
}

TEST(AccessLog, JsonLinesParse) {
  const TempDir dir;
  const std::string log = dir.path("json.log");
  Front front(
      "access_log: [{name: f, typed_config: {\"@type\": "
      "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog, path: " +
          log +
          ", log_format: {json_format: {status: \"%RESPONSE_CODE%\", path: \"%REQ(:PATH)%\", "
          "agent: "
          "\"%REQ(USER-AGENT)%\"}}}}]",
      false);
  httpGet(front.port, "/quote", "User-Agent: \"q\\\"\r\n");
  ASSERT_TRUE(eventually([&] { return readLines(log).size() == 1; })) << readFile(log);
  Json::Value value;
  const std::string line = readLines(log)[0];
  ASSERT_TRUE(Json::Reader().parse(line, value)) << line;
  EXPECT_EQ(value["status"].asInt(), 200);
  EXPECT_EQ(value["path"].asString(), "/quote");
  EXPECT_EQ(value["agent"].asString(), "\"q\\\"");
}

// Five times under load, by the signal and by the admin interface in turn, as logrotate does it.
TEST(AccessLog, RotationByRenameAndUsr1LosesNoLine) {
  Front front;
  LoadClient::Options load;
  load.connections = 4;
  LoadClient clients(front.port, load);
  std::vector<std::string> files = {front.log};
  for (int i = 0; i < 5; ++i) {
    const uint64_t before = clients.succeeded();
    ASSERT_TRUE(eventually([&] { return clients.succeeded() > before + 300; }));
    files.push_back(front.dir.path("access.log." + std::to_string(i)));
    ASSERT_EQ(rename(front.log.c_str(), files.back().c_str()), 0);
    if (i % 2 == 0) {
      front.convoy->signal(SIGUSR1);
    } else {
      ASSERT_EQ(front.convoy->adminPost("/reopen_logs").status, 200);
    }
    ASSERT_TRUE(eventually([&] { return !readFile(front.log).empty(); })) << i;
  }
  clients.stop();
  EXPECT_EQ(clients.failed(), 0u) << clients.failures();
  const auto lines = [&] {
    size_t count = 0;
    for (const std::string& file : files) count += readLines(file).size();
    return count;
  };
  EXPECT_TRUE(eventually([&] { return lines() == clients.succeeded(); }))
      << lines() << " of " << clients.succeeded();
}

TEST(AccessLog, NoLineIsLostWhenItStops) {
  Front front;
  for (int i = 0; i < 100; ++i) ASSERT_EQ(httpGet(front.port, "/").status, 200);
  front.convoy->signal(SIGTERM);
  EXPECT_EQ(front.convoy->wait(Millis(10000)), 0);
  EXPECT_EQ(readLines(front.log).size(), 100u);
}

// More lines than disk and buffer hold: no client waits, each line is either in the file, whole, or
// counted as dropped; and when there is room again, lines go on.
TEST(AccessLog, AFullDiskNeverStopsTheTrafficAndCountsWhatItDrops) {
  const TempDir dir;
  const std::string disk = dir.path("disk"), log = disk + "/access.log";
  std::filesystem::create_directory(disk);
  const OwnMounts mounts;
  if (!mounts.disk(disk, 4096)) GTEST_SKIP() << "a disk of its own needs root";
  std::ofstream(disk + "/ballast") << std::string(4000 * 1024, 'x');
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::direct(200, "ok"), "", log);
  ConvoyProcess::Options one;
  one.concurrency = 1;
  const ConvoyProcess convoy(config, one);
  LoadClient::Options load;
  load.connections = 4;
  load.half_post = false;
  load.requests = 16000;  // 1.8 MiB of lines; the buffer holds 1 MiB
  LoadClient clients(port, load);
  clients.join();
  EXPECT_EQ(clients.succeeded(), load.requests) << clients.failures();
  EXPECT_TRUE(eventually([&] { return convoy.metric("envoy_filesystem_write_dropped{}") > 0; }));
  EXPECT_GT(convoy.metric("envoy_filesystem_write_failed{}"), 0);
  EXPECT_TRUE(convoy.ready());

  std::filesystem::remove(disk + "/ballast");
  const auto written = [&] { return static_cast<double>(readLines(log).size()); };
  EXPECT_TRUE(eventually([&] {
    return written() + convoy.metric("envoy_filesystem_write_dropped{}") == 16000;
  })) << written();
  EXPECT_EQ(httpGet(port, "/after").status, 200);
  EXPECT_TRUE(eventually([&] {
    return readLines(log).back().find("\"GET /after HTTP/1.1\" 200") != std::string::npos;
  })) << readLines(log).back();
  for (const std::string& line : readLines(log)) {
    ASSERT_TRUE(line.starts_with("[2") && line.ends_with('"')) << line;
  }
}

// A reader that opened the pipe and stands still: what no pipe and no buffer holds is dropped,
// counted, and no client waits for it.
TEST(AccessLog, AFifoThatNobodyReadsDoesNotStopTheTraffic) {
  const TempDir dir;
  const std::string fifo = dir.path("access.fifo");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0644), 0);
  const base::UniqueFd reader(open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::direct(200, "ok"), "", fifo);
  ConvoyProcess::Options one;
  one.concurrency = 1;
  ConvoyProcess convoy(config, one);
  LoadClient::Options load;
  load.connections = 4;
  load.half_post = false;
  load.requests = 12000;  // 1.2 MiB of lines and more
  LoadClient clients(port, load);
  clients.join();
  EXPECT_EQ(clients.succeeded(), 12000u) << clients.failures();
  EXPECT_TRUE(eventually([&] { return convoy.metric("envoy_filesystem_write_dropped{}") > 0; }));
  EXPECT_TRUE(convoy.ready());
}

}  // namespace
}  // namespace convoy::fakes
