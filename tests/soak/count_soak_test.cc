// Promise: the number of workers goes up and down as often as one likes, no client notices, and
// new connections are spread over all of them.
#include <algorithm>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/soak/soak_world.h"

namespace convoy::fakes {
namespace {

using Mode = StrictClient::Mode;
using Report = StrictClient::Report;

double connectionsOf(const ConvoyProcess& convoy, int slot) {
  double total = 0;
  std::istringstream text(convoy.admin("/stats/prometheus").body);
  const std::string worker = "envoy_worker_id=\"" + std::to_string(slot) + "\"";
  for (std::string line; std::getline(text, line);) {
    if (line.rfind("envoy_listener_worker_downstream_cx_total{", 0) != 0) continue;
    if (line.find(worker) != std::string::npos) total += atof(line.c_str() + line.rfind(' ') + 1);
  }
  return total;
}

TEST(CountSoak, ResizesUnderLoadAreInvisibleAndConnectionsSpreadAfterThem) {
  const int rounds = soakCount(500, 20);
  const int connections = soakCount(10000, 2000);
  EchoWorld world(1);
  CounterWatch watch(*world.convoy);
  StrictClient clients(world.everybody());
  ASSERT_TRUE(eventually([&] { return clients.answers() > 500; }));
  const char* const sizes[] = {"8", "2", "5", "1", "3", "7", "4"};
  for (int i = 0; i < rounds; ++i) {
    const Ended asked = world.command({"workers", sizes[i % 7], "--wait"});
    ASSERT_EQ(asked.status, 0) << asked.err << world.convoy->log();
  }
  const Report report = clients.stop();
  EXPECT_EQ(report.failed(), 0u) << report.text();
  EXPECT_EQ(report.opened, kKeptByEverybody) << report.text();
  EXPECT_EQ(report.connection_close, 0u) << report.text();
  EXPECT_EQ(report.slow_connects, 0u) << report.text();
  EXPECT_TRUE(eventually([&] { return activeGauges(*world.convoy).empty(); }))
      << activeGauges(*world.convoy);
  EXPECT_EQ(requestsCounted(*world.convoy), static_cast<double>(report.http_answers));
  watch.stop();
  EXPECT_TRUE(watch.complaints().empty()) << watch.complaints().front();

  ASSERT_EQ(world.command({"workers", "4", "--wait"}).status, 0);
  double before[4], most = 0, sum = 0;
  for (int slot = 0; slot < 4; ++slot) before[slot] = connectionsOf(*world.convoy, slot);
  StrictClient fresh({world.group(Mode::Fresh, 16, 0)});
  EXPECT_TRUE(eventually([&] { return fresh.answers() >= static_cast<uint64_t>(connections); },
                         Millis(60000)));
  EXPECT_EQ(fresh.stop().failed(), 0u);
  for (int slot = 0; slot < 4; ++slot) {
    const double got = connectionsOf(*world.convoy, slot) - before[slot];
    most = std::max(most, got);
    sum += got;
  }
  EXPECT_GE(sum, connections);
  EXPECT_LT(most / (sum / 4), 1.3) << most << " of " << sum;
  reportSoak("resize", static_cast<uint64_t>(rounds), report.failed(), report.worst_ms);
}

}  // namespace
}  // namespace convoy::fakes
