#include "common/net/poller.h"

#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/common/net/loop_fixture.h"
#include "tests/unit/common/net/system_calls.h"

namespace convoy::net {
namespace {

using PollerTest = LoopTest;

struct Handler : PollHandler {
  std::vector<uint32_t> seen;
  std::function<void(uint32_t)> then;
  void onIo(uint32_t events) override {
    seen.push_back(events);
    if (then) then(events);
  }
};

TEST_F(PollerTest, AnEdgeIsToldOnce) {
  FdPair pair = unixPair();
  Handler handler;
  ASSERT_TRUE(loop_.poller().add(pair.first.get(), handler));
  runTurns();
  ASSERT_EQ(handler.seen, (std::vector<uint32_t>{EPOLLOUT}));
  ASSERT_TRUE(sendAll(pair.second.get(), "x"));
  runTurns();
  EXPECT_EQ(handler.seen, (std::vector<uint32_t>{EPOLLOUT, EPOLLIN | EPOLLOUT}));
}

TEST_F(PollerTest, ALevelIsToldUntilItIsGoneOrRemoved) {
  FdPair pair = unixPair();
  Handler handler;
  ASSERT_TRUE(loop_.poller().addLevel(pair.first.get(), handler));
  ASSERT_TRUE(sendAll(pair.second.get(), "x"));
  ASSERT_TRUE(runUntil([&] { return handler.seen.size() >= 3; }));
  loop_.poller().remove(pair.first.get());
  const size_t seen = handler.seen.size();
  runTurns();
  EXPECT_EQ(handler.seen.size(), seen);
}

TEST_F(PollerTest, RefusesWhatCannotBePolled) {
  Handler handler;
  EXPECT_FALSE(loop_.poller().add(-1, handler));
  EXPECT_EQ(errno, EBADF);
  EXPECT_FALSE(loop_.poller().addLevel(-1, handler));
}

TEST_F(PollerTest, AgainComesOnceWithAllEventsAndWakesASleepingLoop) {
  Handler handler;
  handler.then = [&](uint32_t) { loop_.stop(); };
  loop_.poller().again(handler, EPOLLIN);
  loop_.poller().again(handler, EPOLLOUT);
  loop_.run();
  EXPECT_EQ(handler.seen, (std::vector<uint32_t>{EPOLLIN | EPOLLOUT}));
}

TEST_F(PollerTest, AgainFromATimerWakesTheLoop) {
  Handler handler;
  handler.then = [&](uint32_t) { loop_.stop(); };
  auto timer = loop_.createTimer([&] { loop_.poller().again(handler, EPOLLIN); });
  timer->start(1);
  loop_.run();
  EXPECT_EQ(handler.seen.size(), 1u);
}

TEST_F(PollerTest, AgainInsideAnEventIsServedWithoutAnotherWait) {
  FdPair pair = unixPair();
  Handler handler;
  uint64_t waits = 0;
  handler.then = [&](uint32_t) {
    if (handler.seen.size() == 1) {
      waits = SystemCalls::now().waits;
      loop_.poller().again(handler, EPOLLIN);
    } else {
      waits = SystemCalls::now().waits - waits;
      loop_.stop();
    }
  };
  ASSERT_TRUE(loop_.poller().add(pair.first.get(), handler));
  loop_.run();
  EXPECT_EQ(waits, 0u);
}

TEST_F(PollerTest, AskingAgainForEverDoesNotStarveOthers) {
  FdPair pair = unixPair();
  Handler greedy, other;
  greedy.then = [&](uint32_t) { loop_.poller().again(greedy, EPOLLIN); };
  ASSERT_TRUE(loop_.poller().add(pair.first.get(), other));
  loop_.poller().again(greedy, EPOLLIN);
  EXPECT_TRUE(runUntil([&] { return greedy.seen.size() > 10 && !other.seen.empty(); }));
  loop_.poller().forget(greedy);
  const size_t seen = greedy.seen.size();
  runTurns();
  EXPECT_EQ(greedy.seen.size(), seen);
}

TEST_F(PollerTest, AForgottenHandlerGetsNothingFromTheSameBatch) {
  FdPair one = unixPair(), two = unixPair();
  auto a = std::make_unique<Handler>(), b = std::make_unique<Handler>();
  const auto end_of = [&](std::unique_ptr<Handler>& other) {
    return [&](uint32_t) {
      if (other == nullptr) return;
      loop_.poller().forget(*other);
      other.reset();
    };
  };
  a->then = end_of(b);
  b->then = end_of(a);
  ASSERT_TRUE(loop_.poller().add(one.first.get(), *a));
  ASSERT_TRUE(loop_.poller().add(two.first.get(), *b));
  loop_.poller().again(*a, EPOLLIN);
  loop_.poller().again(*b, EPOLLIN);
  runTurns();
  EXPECT_TRUE((a == nullptr) != (b == nullptr));
}

TEST_F(PollerTest, MoreSocketsThanABatchAreAllServed) {
  constexpr size_t kSockets = 700;
  std::vector<FdPair> pairs;
  std::vector<Handler> handlers(kSockets);
  for (size_t i = 0; i < kSockets / 2; ++i) {
    pairs.push_back(unixPair());
    ASSERT_TRUE(loop_.poller().add(pairs.back().first.get(), handlers[2 * i]));
    ASSERT_TRUE(loop_.poller().add(pairs.back().second.get(), handlers[2 * i + 1]));
  }
  EXPECT_TRUE(runUntil([&] {
    for (const Handler& handler : handlers) {
      if (handler.seen.size() != 1) return false;
    }
    return true;
  }));
}

// A poller of its own, with more outbound sockets than hang with the others. Edges of writing,
// which all sockets begin with, are over.
struct AnswersTest : ::testing::Test {
  static constexpr size_t kMany = 330;  // answers
  static constexpr size_t kRequests = 100;
  Poller poller;
  std::vector<FdPair> pairs;
  std::vector<Handler> outbound{kMany}, inbound{kRequests};
  std::string order;  // 'a' an answer, 'r' a request

  void SetUp() override {
    for (size_t i = 0; i < kMany + kRequests; ++i) {
      pairs.push_back(unixPair());
      const bool answers = i < kMany;
      Handler& handler = answers ? outbound[i] : inbound[i - kMany];
      const int fd = pairs.back().first.get();
      ASSERT_TRUE(answers ? poller.addOutbound(fd, handler) : poller.add(fd, handler));
      handler.then = [this, answers](uint32_t) { order.push_back(answers ? 'a' : 'r'); };
    }
    while (order.size() < kMany + kRequests) turn();
    order.clear();
  }
  void turn() {
    poller.wait(0);
    poller.dispatch();
  }
  void says(size_t i) { ASSERT_TRUE(sendAll(pairs[i].second.get(), "x")); }
};

TEST_F(AnswersTest, TheyAreServedBeforeRequestsThatCameEarlier) {
  says(kMany);
  says(kMany - 1);
  turn();
  EXPECT_EQ(order, "ar");
}

TEST_F(AnswersTest, RequestsThatFillABatchDoNotHoldThemUp) {
  for (size_t i = 0; i < kRequests; ++i) says(kMany + i);
  says(kMany - 1);
  turn();
  EXPECT_EQ(order.substr(0, 2), "ar");
  EXPECT_LT(order.size(), kRequests);
  for (int i = 0; i < 10; ++i) turn();
  EXPECT_EQ(order.size(), kRequests + 1);
}

TEST_F(AnswersTest, MoreThanABatchHoldsAreAllServedAlthoughNoEdgeTellsOfThem) {
  for (size_t i = 0; i < kMany; ++i) says(i);
  for (int i = 0; i < 10; ++i) turn();
  EXPECT_EQ(order, std::string(kMany, 'a'));
}

TEST_F(AnswersTest, OneMayForgetARequestOfTheSameTurn) {
  outbound.back().then = [this](uint32_t) { poller.forget(inbound.front()); };
  says(kMany);
  says(kMany - 1);
  turn();
  EXPECT_EQ(order, "");
  EXPECT_EQ(outbound.back().seen.size(), 2u);
}

TEST_F(AnswersTest, WhatIsRemovedSaysNothingMore) {
  poller.remove(pairs[kMany - 1].first.get());
  says(kMany - 1);
  turn();
  EXPECT_EQ(order, "");
}

TEST_F(AnswersTest, AFewSocketsAreServedInTheOrderOfTheirEvents) {
  for (size_t i = 0; i < kMany; ++i) poller.outboundGone();
  FdPair late = unixPair();
  Handler handler;
  ASSERT_TRUE(poller.addOutbound(late.first.get(), handler));
  turn();
  handler.then = [this](uint32_t) { order.push_back('a'); };
  says(kMany);
  ASSERT_TRUE(sendAll(late.second.get(), "x"));
  turn();
  EXPECT_EQ(order, "ra");
}

}  // namespace
}  // namespace convoy::net
