#include "worker/handover.h"

#include <sys/socket.h>

#include <gtest/gtest.h>

#include "common/net/socket.h"

namespace convoy::worker {
namespace {

struct Side final : HandoverCallbacks {
  void onHandoff(ipc::Handoff handoff) override { got.push_back(std::move(handoff)); }
  void onSweep() override { ++sweeps; }
  bool roomForHandoff() override { return room; }
  std::vector<ipc::Handoff> got;
  int sweeps = 0;
  bool room = true;
};

class HandoverTest : public ::testing::Test {
 protected:
  HandoverTest()
      : pair_(*net::socketPair(SOCK_SEQPACKET)), client_(*net::socketPair(SOCK_STREAM)) {}
  void connect(std::vector<uint32_t> listeners = {4, ipc::kNoListener}) {
    ipc::SuccessorPayload payload;
    payload.listeners = std::move(listeners);
    payload.removed_clusters = {"gone"};
    giver_.setSuccessor(std::move(pair_.second), payload);
  }
  Handover::Result give(size_t listener = 0, const std::string& leftover = "") {
    ipc::Handoff handoff;
    handoff.leftover = leftover;
    return giver_.give(listener, handoff, {client_.first.get()});
  }
  template <typename Done>
  bool until(Done done) {
    std::unique_ptr<net::Timer> poll;
    int left = 3000;
    poll = loop_.createTimer([&] {
      if (done() || --left == 0) {
        loop_.stop();
      } else {
        poll->start(1);
      }
    });
    poll->start(0);
    loop_.run();
    return done();
  }

  net::EventLoop loop_;
  std::pair<base::UniqueFd, base::UniqueFd> pair_, client_;
  Side near_, far_;
  Handover giver_{loop_, near_};
  Handover taker_{loop_, far_};
};

TEST(RemainingMs, ADeadlineGoesOnAndNeverBeginsAgain) {
  EXPECT_EQ(remainingMs(1000, 5'000'000, 5'400'000), 600u);
  EXPECT_EQ(remainingMs(1000, 5'000'000, 9'000'000), 1u);
  EXPECT_EQ(remainingMs(0, 5'000'000, 9'000'000), 0u);
}

TEST(RemainingMs, AStartThatSeemsToLieAheadTakesNothingAway) {
  EXPECT_EQ(remainingMs(1000, 5'000'000, 4'999'000), 1000u);
}

TEST_F(HandoverTest, WithoutASuccessorEverythingStays) {
  EXPECT_FALSE(giver_.canMove(0));
  EXPECT_EQ(give(), Handover::Result::Stays);
}

TEST_F(HandoverTest, AConnectionArrivesUnderItsListenersNewIndex) {
  connect();
  taker_.addInbox(std::move(pair_.first));
  EXPECT_EQ(give(), Handover::Result::Moved);
  ASSERT_TRUE(until([this] { return far_.got.size() == 1; }));
  EXPECT_EQ(far_.got[0].listener, 4u);
  EXPECT_EQ(giver_.given().http, 1u);
}

TEST_F(HandoverTest, AListenerWithoutSuccessorKeepsItsConnections) {
  connect();
  EXPECT_FALSE(giver_.canMove(1));
  EXPECT_FALSE(giver_.canMove(2));
  EXPECT_EQ(give(1), Handover::Result::Stays);
  EXPECT_FALSE(giver_.hasCluster("gone"));
  EXPECT_TRUE(giver_.hasCluster("kept"));
}

TEST_F(HandoverTest, TheInboxEndsWhenTheSenderFindsAnotherSuccessor) {
  connect();
  taker_.addInbox(std::move(pair_.first));
  EXPECT_TRUE(taker_.receiving());
  auto other = net::socketPair(SOCK_SEQPACKET);
  giver_.setSuccessor(std::move(other->second), {});
  EXPECT_TRUE(until([this] { return !taker_.receiving(); }));
}

TEST_F(HandoverTest, AFullOutboxTriesAgainAndTellsItsOwner) {
  connect();
  const std::string big(100000, 'x');
  while (give(0, big) == Handover::Result::Moved) {
  }
  EXPECT_EQ(give(0, big), Handover::Result::Later);
  const int before = near_.sweeps;
  taker_.addInbox(std::move(pair_.first));
  ASSERT_TRUE(until([&] { return near_.sweeps > before && !far_.got.empty(); }));
  EXPECT_EQ(give(0, big), Handover::Result::Moved);
}

TEST_F(HandoverTest, ASuccessorThatDoesNotReadForLongLosesTheConnectionsToUs) {
  connect();
  const std::string big(100000, 'x');
  while (give(0, big) == Handover::Result::Moved) {
  }
  ASSERT_TRUE(until([&] { return give(0, big) == Handover::Result::Stays; }));
  taker_.addInbox(std::move(pair_.first));
  EXPECT_TRUE(until([&] { return give(0, big) == Handover::Result::Moved; }));
}

TEST_F(HandoverTest, WithoutRoomConnectionsWaitWithTheirSender) {
  connect();
  far_.room = false;
  taker_.addInbox(std::move(pair_.first));
  EXPECT_EQ(give(), Handover::Result::Moved);
  int turns = 0;
  EXPECT_TRUE(until([&] { return ++turns >= 20; }));
  EXPECT_TRUE(far_.got.empty());
  far_.room = true;
  EXPECT_TRUE(until([this] { return far_.got.size() == 1; }));
}

TEST_F(HandoverTest, ASuccessorThatIsGoneLeavesTheConnectionWithUs) {
  connect();
  pair_.first.reset();
  EXPECT_EQ(give(), Handover::Result::Stays);
  EXPECT_FALSE(giver_.canMove(0));
  EXPECT_TRUE(client_.first.valid());
}

}  // namespace
}  // namespace convoy::worker
