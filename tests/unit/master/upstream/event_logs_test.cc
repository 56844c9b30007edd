#include "master/upstream/event_logs.h"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "common/base/json.h"
#include "tests/fakes/child.h"

namespace convoy::master {
namespace {

using Kind = HealthEvent::Kind;

config::Cluster checkedCluster() {
  config::Cluster out;
  out.name = "service";
  out.health_checks.emplace_back();
  return out;
}

ipc::EndpointHost hostAt(uint16_t port) {
  ipc::EndpointHost out;
  out.ip = "10.0.0.1";
  out.port = port;
  return out;
}

TEST(EventLogs, ALineIsAHealthCheckEvent) {
  const std::string line =
      healthEventLine(checkedCluster(), hostAt(80), {Kind::Ejected, true, false}, 1700000000123456);
  ASSERT_EQ(line.back(), '\n');
  const auto parsed = base::parseJson(line);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ((*parsed)["health_checker_type"].asString(), "HTTP");
  EXPECT_EQ((*parsed)["host"]["socket_address"]["port_value"].asUInt(), 80u);
  EXPECT_EQ((*parsed)["cluster_name"].asString(), "service");
  EXPECT_EQ((*parsed)["timestamp"].asString(), "2023-11-14T22:13:20.123Z");
  EXPECT_EQ((*parsed)["eject_unhealthy_event"]["failure_type"].asString(), "NETWORK");
}

TEST(EventLogs, LinesAreAppendedAlsoToAFileThatWasMoved) {
  fakes::TempDir dir;
  const std::string path = dir.path("events");
  EventLogs logs({path});
  logs.write(checkedCluster(), hostAt(1), {Kind::Added, false, true}, 0);
  ASSERT_EQ(::rename(path.c_str(), (path + ".1").c_str()), 0);
  logs.write(checkedCluster(), hostAt(2), {Kind::Failed, false, false}, 0);
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  EXPECT_NE(text.str().find("health_check_failure_event"), std::string::npos);
  EXPECT_EQ(text.str().find("add_healthy_event"), std::string::npos);
}

}  // namespace
}  // namespace convoy::master
