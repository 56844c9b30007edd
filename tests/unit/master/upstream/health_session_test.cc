#include "master/upstream/health_session.h"

#include <gtest/gtest.h>

#include "tests/unit/master/fake_processes.h"

namespace convoy::master {
namespace {

using Kind = ProbeResult::Kind;

// Answers what the test says, and remembers what it was asked.
struct FakeProbe : Probe {
  void start(Callback callback) override {
    ++starts;
    pending = std::move(callback);
  }
  void abort() override {
    ++aborts;
    pending = nullptr;
  }
  int starts = 0, aborts = 0;
  Callback pending;
};

class HealthSessionTest : public ::testing::Test, public HealthSessionCallbacks {
 protected:
  HealthSessionTest() {
    check_.timeout_ms = 10000;
    check_.healthy_threshold = 2;
    check_.unhealthy_threshold = 3;
    check_.interval_ms = check_.unhealthy_interval_ms = check_.unhealthy_edge_interval_ms =
        check_.healthy_edge_interval_ms = 1;
  }
  void start() {
    auto probe = std::make_unique<FakeProbe>();
    probe_ = probe.get();
    session_ = std::make_unique<HealthSession>(loop_, random_, check_, std::move(probe), *this);
    if (assumed_) session_->assume(*assumed_);
    session_->start();
  }
  // The next check ends so.
  void end(Kind kind, bool retriable = false) {
    const int before = ended_;
    ASSERT_TRUE(turnUntil(loop_, [this] { return probe_->pending != nullptr; }));
    auto callback = std::exchange(probe_->pending, nullptr);
    callback({kind, retriable, "because"});
    ASSERT_EQ(ended_, before + 1);
  }
  void onCheckStarted(HealthSession&) override { ++started_; }
  void onCheckEnded(HealthSession&, const ProbeResult&, bool changed) override {
    ++ended_;
    changes_ += changed ? 1 : 0;
  }
  bool hasTraffic(HealthSession&) override { return traffic_; }

  net::EventLoop loop_;
  base::Random random_{3};
  config::HealthCheck check_;
  FakeProbe* probe_ = nullptr;
  std::optional<bool> assumed_;
  std::unique_ptr<HealthSession> session_;
  int started_ = 0, ended_ = 0, changes_ = 0;
  bool traffic_ = true;
};

TEST_F(HealthSessionTest, TheFirstCheckAloneDecides) {
  start();
  EXPECT_FALSE(session_->healthy());
  EXPECT_FALSE(session_->known());
  end(Kind::Success);
  EXPECT_TRUE(session_->healthy());
  EXPECT_TRUE(session_->known());
}

TEST_F(HealthSessionTest, WithoutAnswersAHostFailsAtItsThreshold) {
  assumed_ = true;
  start();
  end(Kind::Network);
  end(Kind::Network);
  EXPECT_TRUE(session_->healthy());
  end(Kind::Success);
  end(Kind::Network);
  end(Kind::Network);
  EXPECT_TRUE(session_->healthy());
  end(Kind::Network);
  EXPECT_FALSE(session_->healthy());
  EXPECT_EQ(changes_, 1);
}

TEST_F(HealthSessionTest, AWrongAnswerFailsItAtOnce) {
  assumed_ = true;
  start();
  end(Kind::Failure);
  EXPECT_FALSE(session_->healthy());
}

TEST_F(HealthSessionTest, ARetriableAnswerCountsAsNoAnswerDoes) {
  assumed_ = true;
  start();
  end(Kind::Failure, true);
  end(Kind::Failure, true);
  EXPECT_TRUE(session_->healthy());
  end(Kind::Failure, true);
  EXPECT_FALSE(session_->healthy());
}

TEST_F(HealthSessionTest, AFailedHostIsWellAfterGoodAnswersInARow) {
  assumed_ = false;
  start();
  end(Kind::Success);
  end(Kind::Network);
  end(Kind::Success);
  EXPECT_FALSE(session_->healthy());
  end(Kind::Success);
  EXPECT_TRUE(session_->healthy());
}

TEST_F(HealthSessionTest, ACheckThatTakesTooLongIsGivenUp) {
  check_.timeout_ms = 5;
  start();
  ASSERT_TRUE(turnUntil(loop_, [this] { return ended_ == 1; }));
  EXPECT_EQ(probe_->aborts, 1);
  EXPECT_FALSE(session_->healthy());
}

TEST_F(HealthSessionTest, WithoutTrafficChecksAreRare) {
  traffic_ = false;
  check_.no_traffic_healthy_interval_ms = 3600000;
  start();
  end(Kind::Success);
  // The next is an hour away; a timer of ours comes first.
  bool later = false;
  auto timer = loop_.createTimer([&] { later = true; });
  timer->start(30);
  ASSERT_TRUE(turnUntil(loop_, [&] { return later; }));
  EXPECT_EQ(started_, 1);
}

}  // namespace
}  // namespace convoy::master
