#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "common/net/connection.h"
#include "tests/fakes/count_allocations.h"
#include "tests/unit/common/net/loop_fixture.h"
#include "tests/unit/common/net/system_calls.h"

namespace convoy::net {
namespace {

// Two Connections of one loop that play ball; every catch moves a deadline, as a proxy would.
struct Player : ConnectionCallbacks {
  EventLoop& loop;
  std::unique_ptr<Connection> conn;
  int catches = 0, limit = 0;

  Player(EventLoop& l, base::UniqueFd fd) : loop(l) {
    conn = std::make_unique<Connection>(l, std::move(fd), *this);
  }
  void onRead(std::string_view bytes) override {
    timer.set(loop.wheel(), 15000);
    if (++catches == limit) {
      loop.stop();
      return;
    }
    conn->write("head ", bytes.substr(bytes.size() < 5 ? 0 : 5));
  }
  void onReadEof() override {}
  void onClosed(CloseReason) override {}
  void onTimer() {}
  MemberTimer<Player, &Player::onTimer> timer{*this};
};

using AllocationTest = LoopTest;

TEST_F(AllocationTest, AnEchoCostsOneReadOneSendAndNothingElse) {
  FdPair pair = tcpPair();
  Player a(loop_, std::move(pair.first)), b(loop_, std::move(pair.second));
  ASSERT_TRUE(a.conn->start(false));
  ASSERT_TRUE(b.conn->start(false));
  const auto play = [&](int catches) {
    a.limit = a.catches + catches;
    a.conn->write("head ", "and a ball");
    loop_.run();
  };
  play(100);  // warm up
  const uint64_t allocations = fakes::allocationCount();
  const SystemCalls before = SystemCalls::now();
  play(1000);
  const SystemCalls used = SystemCalls::now().since(before);
  EXPECT_EQ(fakes::allocationCount() - allocations, 0u);
  EXPECT_EQ(used.reads, 2000u);
  EXPECT_EQ(used.sends, 2000u);
  EXPECT_EQ(used.controls, 0u);
}

TEST_F(AllocationTest, GatheringCostsNoMemory) {
  FdPair pair = tcpPair();
  Player a(loop_, std::move(pair.first)), b(loop_, std::move(pair.second));
  for (Player* player : {&a, &b}) {
    player->conn->gatherWrites();
    ASSERT_TRUE(player->conn->start(false));
  }
  const auto play = [&](int catches) {
    a.limit = a.catches + catches;
    a.conn->write("head ", "and a ball");
    loop_.run();
  };
  play(100);
  const uint64_t before = fakes::allocationCount();
  play(1000);
  EXPECT_EQ(fakes::allocationCount() - before, 0u);
}

TEST_F(AllocationTest, BackPressureIsServedFromThePoolOfBlocks) {
  FdPair pair = unixPair();
  Recorder told;
  auto conn = std::make_unique<Connection>(loop_, std::move(pair.first), told);
  ASSERT_TRUE(conn->start(false));
  const std::string chunk(200000, 'x');
  std::string drain(65536, '\0');
  const auto burst = [&] {
    conn->write(chunk);
    conn->write(chunk);
    runUntil([&] {
      while (::recv(pair.second.get(), drain.data(), drain.size(), 0) > 0) {
      }
      return conn->pendingBytes() == 0;
    });
  };
  burst();
  const uint64_t before = fakes::allocationCount();
  conn->write(chunk);
  conn->write(chunk);
  ASSERT_GT(conn->pendingBytes(), 0u);
  EXPECT_EQ(fakes::allocationCount() - before, 0u);
  destroy(conn);
  runTurns();
}

}  // namespace
}  // namespace convoy::net
