// Promise: far more clients than descriptors are served in turn for as long as they come; none is
// accepted and then closed, and afterwards all is as before.
#include <sys/resource.h>

#include <gtest/gtest.h>

#include "tests/soak/soak_world.h"

namespace convoy::fakes {
namespace {

using Mode = StrictClient::Mode;

TEST(FloodSoak, WithSixtyFourDescriptorsNobodyIsTurnedAway) {
  const uint64_t wanted = static_cast<uint64_t>(soakCount(50000, 2000));
  EchoWorld world(1);
  // The workers of the next generation have it from the master.
  const rlimit limit{64, 64};
  ASSERT_EQ(prlimit(world.convoy->pid(), RLIMIT_NOFILE, &limit, nullptr), 0);
  ASSERT_EQ(world.convoy->reload().status, 0);
  StrictClient clients({world.group(Mode::Fresh, 100, 0), world.group(Mode::Get, 50, 0),
                        world.group(Mode::Post, 50, 0)});
  EXPECT_TRUE(eventually([&] { return clients.answers() >= wanted; }, Millis(120000)));
  const StrictClient::Report report = clients.stop();
  EXPECT_EQ(report.failed(), 0u) << report.text();
  EXPECT_GT(report.connection_close, 0u) << "nobody had to make room";
  EXPECT_TRUE(eventually([&] { return activeGauges(*world.convoy).empty(); }));
  EXPECT_EQ(requestsCounted(*world.convoy), static_cast<double>(report.http_answers));
  StrictClient after({world.group(Mode::Get, 8)});
  EXPECT_TRUE(eventually([&] { return after.answers() > 500; }));
  const StrictClient::Report calm = after.stop();
  EXPECT_EQ(calm.failed(), 0u) << calm.text();
  EXPECT_EQ(calm.opened, 8u) << calm.text();
  reportSoak("flood-64-descriptors", report.answers, report.failed(), report.worst_ms);
}

}  // namespace
}  // namespace convoy::fakes
