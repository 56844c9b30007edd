#include "master/retirement.h"

#include <sys/socket.h>

#include <gtest/gtest.h>

#include "common/net/syn_filter.h"
#include "tests/unit/master/fake_processes.h"

namespace convoy::master {
namespace {

struct FakeSteps : RetirementSteps {
  bool isWanted(const BoundAddress&) const override { return wanted; }
  void stopAccepting(const BoundAddress&) override {
    ++stops;
    accepting = accepting && !obedient;
  }
  bool stillAccepting(const BoundAddress&) const override { return accepting; }
  void onRetired(const BoundAddress&) override { ++retired; }
  bool wanted = false, accepting = true, obedient = true;
  int stops = 0, retired = 0;
};

class RetirementTest : public ::testing::Test {
 protected:
  RetirementTest() {
    config::Listener listener;
    listener.name = "a";
    listener.address.address = "127.0.0.1";
    bootstrap_.listeners = {listener};
    set_ = *sockets_.bind(bootstrap_, "f");
  }
  BoundAddress& bound() { return *set_->entries()[0].bound; }
  net::EventLoop loop_;
  FakeSteps steps_;
  Retirement retirement_{loop_, steps_};
  config::Bootstrap bootstrap_;
  ListenerSockets sockets_{2, {}};
  std::shared_ptr<const ListenerSet> set_;
  const ListenerSet none_{std::vector<ListenerSet::Entry>{}};
};

TEST_F(RetirementTest, RefusesThenEmptiesThenShuts) {
  const uint64_t begin = loop_.nowMs();
  retirement_.commit(*set_, none_);
  EXPECT_TRUE(retirement_.leaving(&bound()));
  EXPECT_FALSE(bound().retired());
  ASSERT_TRUE(turnUntil(loop_, [&] { return steps_.stops == 1; }));
  EXPECT_GE(loop_.nowMs() - begin, static_cast<uint64_t>(net::kHandshakesEndMs));
  ASSERT_TRUE(turnUntil(loop_, [&] { return retirement_.idle(); }));
  EXPECT_TRUE(bound().retired());
  EXPECT_EQ(steps_.retired, 1);
}

TEST_F(RetirementTest, AtAStopEveryAddressGoesAtOnceButThoseOfOthersAndThoseGoneAlready) {
  const auto stays = [](const BoundAddress&) { return true; };
  EXPECT_TRUE(retirement_.dropAll(*set_, true, stays).empty());
  EXPECT_TRUE(retirement_.idle());
  const auto goes = [](const BoundAddress&) { return false; };
  const uint64_t begin = loop_.nowMs();
  EXPECT_EQ(retirement_.dropAll(*set_, true, goes), std::vector<uint32_t>{0});
  ASSERT_TRUE(turnUntil(loop_, [&] { return retirement_.idle(); }));
  EXPECT_TRUE(bound().retired());
  EXPECT_LT(loop_.nowMs() - begin, static_cast<uint64_t>(net::kHandshakesEndMs));
  retirement_.dropAll(*set_, true, goes);
  EXPECT_TRUE(retirement_.idle());
}

TEST_F(RetirementTest, AWorkerThatDoesNotAnswerHoldsItForHalfASecondOnly) {
  steps_.obedient = false;
  retirement_.commit(*set_, none_);
  ASSERT_TRUE(turnUntil(loop_, [&] { return steps_.stops == 1; }));
  const uint64_t asked = loop_.nowMs();
  ASSERT_TRUE(turnUntil(loop_, [&] { return bound().retired(); }));
  EXPECT_GE(loop_.nowMs() - asked, Retirement::kStopWithinMs);
}

TEST_F(RetirementTest, WantedAgainAtTheNextCommitItComesBack) {
  retirement_.commit(*set_, none_);
  retirement_.commit(none_, *set_);
  EXPECT_TRUE(retirement_.idle());
  EXPECT_EQ(steps_.stops, 1);  // the generation that went on accepting
  EXPECT_TRUE(bound().reusable());
  base::UniqueFd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(
      ::connect(client.get(), bound().address().sockaddrPtr(), bound().address().sockaddrLength()),
      0);
}

TEST_F(RetirementTest, WhileAReloadThatWantsItIsPreparedItWaits) {
  steps_.wanted = true;
  retirement_.commit(*set_, none_);
  const uint64_t begin = loop_.nowMs();
  ASSERT_TRUE(turnUntil(loop_, [&] { return loop_.nowMs() - begin > 1600; }));
  EXPECT_EQ(steps_.stops, 0);
  steps_.wanted = false;  // that reload failed
  ASSERT_TRUE(turnUntil(loop_, [&] { return bound().retired(); }));
}

}  // namespace
}  // namespace convoy::master
