// Promise: the program is replaced in place as often as one likes: the same pid, and no client and
// no counter notices.
#include <gtest/gtest.h>

#include "tests/soak/soak_world.h"

namespace convoy::fakes {
namespace {

TEST(UpgradeSoak, UpgradesUnderEveryKindOfLoadAreInvisible) {
  const int rounds = soakCount(200, 5);
  EchoWorld world(2);
  const ConvoyProcess& convoy = *world.convoy;
  CounterWatch watch(convoy);
  StrictClient clients(world.everybody());
  ASSERT_TRUE(eventually([&] { return clients.answers() > 500; }));
  for (int i = 0; i < rounds; ++i) {
    const Ended ended = Child::run(
        {ConvoyProcess::binary(), "upgrade", "--wait", "--pid", std::to_string(convoy.pid())});
    ASSERT_EQ(ended.status, 0) << i << ended.err << convoy.log();
    ASSERT_TRUE(convoy.ready());
  }
  const StrictClient::Report report = clients.stop();
  EXPECT_EQ(report.failed(), 0u) << report.text();
  EXPECT_EQ(report.opened, kKeptByEverybody) << report.text();
  EXPECT_EQ(report.connection_close, 0u) << report.text();
  EXPECT_TRUE(eventually([&] { return convoy.workers().size() == 2; })) << convoy.log();
  EXPECT_TRUE(eventually([&] { return activeGauges(convoy).empty(); })) << activeGauges(convoy);
  watch.stop();
  EXPECT_TRUE(watch.complaints().empty()) << watch.complaints().front();
  EXPECT_TRUE(eventually([&] { return zombiesOf(convoy.pid()) == 0; }));
  reportSoak("upgrade", static_cast<uint64_t>(rounds), report.failed(), report.worst_ms);
}

}  // namespace
}  // namespace convoy::fakes
