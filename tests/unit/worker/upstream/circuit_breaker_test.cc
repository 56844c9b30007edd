#include "worker/upstream/circuit_breaker.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace convoy::worker {
namespace {

constexpr auto kDefault = Priority::Default;

// One cluster as several workers see it.
class CircuitBreakerTest : public ::testing::Test {
 protected:
  struct Side {
    stats::LimitRow turn{}, holdings{};
    std::unique_ptr<CircuitBreaker> breaker;
    CircuitBreaker* operator->() { return breaker.get(); }
  };
  Side side(uint32_t workers = 2) {
    Side out;
    sides_.push_back(std::make_unique<Side>());
    Side& kept = *sides_.back();
    out.breaker = std::make_unique<CircuitBreaker>(
        config_, CircuitBreaker::Place{seat_.data(), kept.holdings.data(), kept.turn.data(), 7},
        workers);
    return out;
  }
  uint64_t shared(Limit limit) { return seat_[static_cast<size_t>(limit)]; }
  uint64_t held(size_t side, Limit limit) {
    return sides_[side]->holdings[static_cast<size_t>(limit)];
  }
  config::CircuitBreakers::Thresholds& thresholds() { return config_.thresholds[0]; }

  config::CircuitBreakers config_;
  stats::LimitRow seat_{};
  std::vector<std::unique_ptr<Side>> sides_;
};

TEST_F(CircuitBreakerTest, ASmallLimitIsOneOverAllWorkers) {
  thresholds().max_requests = 3;
  Side a = side(), b = side();
  EXPECT_TRUE(a->acquire(Limit::Requests, kDefault));
  EXPECT_TRUE(b->acquire(Limit::Requests, kDefault));
  EXPECT_TRUE(b->acquire(Limit::Requests, kDefault));
  EXPECT_FALSE(a->acquire(Limit::Requests, kDefault));
  b->release(Limit::Requests, kDefault);
  EXPECT_TRUE(a->acquire(Limit::Requests, kDefault));
  EXPECT_FALSE(b->acquire(Limit::Requests, kDefault));
  EXPECT_EQ(held(0, Limit::Requests), 2u);
  EXPECT_EQ(held(1, Limit::Requests), 1u);
}

TEST_F(CircuitBreakerTest, PrioritiesAndLimitsCountEachForItself) {
  thresholds().max_connections = 1;
  config_.thresholds[1].max_connections = 1;
  Side a = side();
  EXPECT_TRUE(a->acquire(Limit::Connections, kDefault));
  EXPECT_FALSE(a->acquire(Limit::Connections, kDefault));
  EXPECT_TRUE(a->acquire(Limit::Connections, Priority::High));
  EXPECT_TRUE(a->acquire(Limit::Pending, kDefault));
}

TEST_F(CircuitBreakerTest, WhatIsTakenBeyondTheLimitCountsToo) {
  thresholds().max_connections = 1;
  Side a = side(), b = side();
  EXPECT_TRUE(a->acquire(Limit::Connections, kDefault));
  b->take(Limit::Connections, kDefault);
  EXPECT_EQ(a->total(Limit::Connections, kDefault), 2u);
  a->release(Limit::Connections, kDefault);
  EXPECT_FALSE(a->acquire(Limit::Connections, kDefault));
  b->release(Limit::Connections, kDefault);
  EXPECT_TRUE(a->acquire(Limit::Connections, kDefault));
}

TEST_F(CircuitBreakerTest, ALargeLimitIsDrawnInBatchesAndTheSteadyStateDrawsNothing) {
  Side a = side();
  EXPECT_TRUE(a->acquire(Limit::Requests, kDefault));
  a->release(Limit::Requests, kDefault);
  const uint64_t drawn = shared(Limit::Requests), turns = sides_[0]->turn[stats::kTurnCell];
  EXPECT_GT(drawn, 1u);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(a->acquire(Limit::Requests, kDefault));
    a->release(Limit::Requests, kDefault);
  }
  EXPECT_EQ(shared(Limit::Requests), drawn);
  EXPECT_EQ(sides_[0]->turn[stats::kTurnCell], turns);
}

TEST_F(CircuitBreakerTest, ALargeLimitIsReachedExactlyOnceTheOthersHaveSettled) {
  Side a = side(), b = side();
  EXPECT_TRUE(b->acquire(Limit::Requests, kDefault));
  b->release(Limit::Requests, kDefault);
  uint32_t got = 0;
  while (a->acquire(Limit::Requests, kDefault)) ++got;
  EXPECT_GE(got, 1024u - 1024 / 16);
  b->settle();
  while (a->acquire(Limit::Requests, kDefault)) ++got;
  EXPECT_EQ(got, 1024u);
  EXPECT_FALSE(b->acquire(Limit::Requests, kDefault));
  // Near the limit each goes back at once.
  a->release(Limit::Requests, kDefault);
  EXPECT_TRUE(b->acquire(Limit::Requests, kDefault));
  EXPECT_FALSE(a->acquire(Limit::Requests, kDefault));
}

TEST_F(CircuitBreakerTest, WhoReadsWhatRemainsReadsRequests) {
  thresholds().track_remaining = true;
  Side a = side();
  EXPECT_TRUE(a->acquire(Limit::Requests, kDefault));
  EXPECT_EQ(shared(Limit::Requests), 1u);
}

TEST_F(CircuitBreakerTest, ARetryBudgetIsAShareOfWhatIsActive) {
  thresholds().retry_budget = config::CircuitBreakers::RetryBudget{50, 1};
  Side a = side();
  EXPECT_TRUE(a->acquire(Limit::Retries, kDefault));
  EXPECT_FALSE(a->acquire(Limit::Retries, kDefault));
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(a->acquire(Limit::Requests, kDefault));
  EXPECT_TRUE(a->acquire(Limit::Retries, kDefault));
  EXPECT_FALSE(a->acquire(Limit::Retries, kDefault));
}

TEST_F(CircuitBreakerTest, WithoutAPageAWorkerCountsOnItsOwn) {
  thresholds().max_requests = 1;
  CircuitBreaker alone(config_, {}, 2);
  EXPECT_TRUE(alone.acquire(Limit::Requests, kDefault));
  EXPECT_FALSE(alone.acquire(Limit::Requests, kDefault));
}

TEST_F(CircuitBreakerTest, WorkersThatRaceNeverExceedTheLimitAndLoseNothing) {
  thresholds().max_requests = 5;
  std::array<Side, 4> all = {side(), side(), side(), side()};
  std::atomic<int> inside = 0, most = 0;
  std::vector<std::thread> threads;
  for (Side& one : all) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20000; ++i) {
        if (!one->acquire(Limit::Requests, kDefault)) continue;
        const int now = ++inside;
        int seen = most;
        while (now > seen && !most.compare_exchange_weak(seen, now)) {
        }
        --inside;
        one->release(Limit::Requests, kDefault);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(most, 5);
  EXPECT_EQ(shared(Limit::Requests), 0u);
}

}  // namespace
}  // namespace convoy::worker
