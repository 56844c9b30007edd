// Promise: the program is replaced in place as often as one likes: the same pid, and no client and
// no counter notices.
#include <cstdlib>

#include <gtest/gtest.h>

#include "tests/soak/soak_world.h"

namespace convoy::fakes {
namespace {

// One whose counters lie elsewhere in a slab: $CONVOY_OTHER_BINARY, which `make soak` builds. Else
// the same.
std::string otherProgram() {
  const char* other = getenv("CONVOY_OTHER_BINARY");
  return other != nullptr ? other : ConvoyProcess::binary();
}

TEST(UpgradeSoak, UpgradesUnderEveryKindOfLoadAreInvisible) {
  const int rounds = soakCount(200, 6);
  EchoWorld world(2);
  const ConvoyProcess& convoy = *world.convoy;
  CounterWatch watch(convoy);
  StrictClient clients(world.everybody());
  ASSERT_TRUE(eventually([&] { return clients.answers() > 500; }));
  for (int i = 0; i < rounds; ++i) {
    const Ended ended = Child::run({ConvoyProcess::binary(), "upgrade", "--wait", "--pid",
                                    std::to_string(convoy.pid()), "--binary",
                                    i % 2 == 0 ? otherProgram() : ConvoyProcess::binary()});
    ASSERT_EQ(ended.status, 0) << i << ended.err << convoy.log();
    ASSERT_TRUE(convoy.ready());
    const bool other = i % 2 == 0 && otherProgram() != ConvoyProcess::binary();
    ASSERT_EQ(convoy.metric("envoy_other_layout{}"), other ? 0 : -1);
  }
  const StrictClient::Report report = clients.stop();
  EXPECT_EQ(report.failed(), 0u) << report.text();
  EXPECT_EQ(report.opened, kKeptByEverybody) << report.text();
  EXPECT_EQ(report.connection_close, 0u) << report.text();
  EXPECT_TRUE(eventually([&] { return convoy.workers().size() == 2; })) << convoy.log();
  EXPECT_TRUE(eventually([&] { return activeGauges(convoy).empty(); })) << activeGauges(convoy);
  EXPECT_EQ(requestsCounted(convoy), static_cast<double>(report.http_answers));
  watch.stop();
  EXPECT_TRUE(watch.complaints().empty()) << watch.complaints().front();
  EXPECT_TRUE(eventually([&] { return zombiesOf(convoy.pid()) == 0; }));
  reportSoak("upgrade", static_cast<uint64_t>(rounds), report.failed(), report.worst_ms);
}

}  // namespace
}  // namespace convoy::fakes
