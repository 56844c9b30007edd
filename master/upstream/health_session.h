// health_session: the health of one host by its active checks: when it is asked, and after how many
// answers it counts as well or as failed (Envoy: HealthCheckerImplBase::ActiveHealthCheckSession).
// A host counts as failed until its first check, which alone decides. Owned by HealthChecks; the
// master's loop.
//
//   New --start--> Waiting --interval--> Checking --result or timeout--> Waiting ...
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "common/base/random.h"
#include "common/config/model/health_check.h"
#include "common/net/event_loop.h"
#include "master/upstream/probe.h"

namespace convoy::master {

class HealthSession;

class HealthSessionCallbacks {
 public:
  virtual ~HealthSessionCallbacks() = default;
  virtual void onCheckStarted(HealthSession& session) = 0;
  // `changed`: the host was well and now is not, or the other way round.
  virtual void onCheckEnded(HealthSession& session, const ProbeResult& result, bool changed) = 0;
  // Whether requests go to the cluster: checks of one that nobody uses are rare.
  virtual bool hasTraffic(HealthSession& session) = 0;
};

class HealthSession {
 public:
  HealthSession(net::EventLoop& loop, base::Random& random, const config::HealthCheck& check,
                std::unique_ptr<Probe> probe, HealthSessionCallbacks& callbacks);
  void start();
  // What is known from before: the next checks count as usual. Before start().
  void assume(bool healthy);

  bool healthy() const { return healthy_; }
  bool known() const { return known_; }  // was checked once, or its health is inherited

 private:
  enum class State : uint8_t { New, Waiting, Checking };
  void check();
  void onTimeout();
  void ended(const ProbeResult& result);
  bool succeed();
  bool fail(const ProbeResult& result);
  void wait(uint64_t ms);
  uint64_t intervalMs(bool success);
  uint64_t withJitter(uint64_t ms);

  base::Random& random_;
  const config::HealthCheck& check_;
  std::unique_ptr<Probe> probe_;
  HealthSessionCallbacks& callbacks_;
  State state_ = State::New;
  bool healthy_ = false;
  bool known_ = false;
  // In a row, towards the threshold.
  uint32_t good_ = 0;
  uint32_t bad_ = 0;
  std::unique_ptr<net::Timer> timer_;  // the interval, or the time limit of a check
};

}  // namespace convoy::master
