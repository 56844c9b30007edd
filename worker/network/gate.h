// gate: the network filters before the last one of a chain that decide whether a connection is let
// in: connection_limit and local_ratelimit (admit), rbac (permits). What is limited counts over all
// workers, in seats of the LimitsPage. Owned by its Listener, null for a chain without such
// filters; worker loop.
//
//   admit() --yes--> permits() --yes--> the chain's manager --connection gone--> leave()
//      |                 \---no--> closed, leave()
//      \---no--> closed, at once or (connection_limit.delay) a little later
//   With TLS the rules are asked after the handshake, when all is known; Envoy asks them at the
//   first byte of any connection, here nothing goes upstream before.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/unique_fd.h"
#include "common/config/model/listener.h"
#include "common/net/event_loop.h"
#include "common/net/timer_wheel.h"
#include "common/stats/stat_tables.h"
#include "worker/context.h"
#include "worker/network/access_rules.h"
#include "worker/rate_bucket.h"
#include "worker/record.h"
#include "worker/upstream/circuit_breaker.h"

namespace convoy::worker {

class Gate {
 public:
  // Null: the chain has no such filter.
  static std::unique_ptr<Gate> make(WorkerContext& context, const config::Listener& listener,
                                    size_t listener_index, size_t chain);
  Gate(WorkerContext& context, const config::Listener& listener, size_t listener_index,
       size_t chain);
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  // By the rules; counted. Once for a connection.
  bool permits(const AccessFacts& facts);
  // The same after a handshake, when all is known.
  bool permitsSecured(const net::Address& peer, const net::Address& direct,
                      const net::Address& local, net::Transport& transport);
  bool hasRules() const { return !rules_.empty(); }
  // What the log says of the last connection that was not let in (Envoy's words); the text lives as
  // long as the gate.
  struct Refusal {
    Flag flag = Flag::Count;  // Flag::Count: none
    std::string_view details;
  };
  const Refusal& refusal() const { return refusal_; }
  // False: `fd` is taken, and closed.
  bool admit(base::UniqueFd& fd);
  // One from another process, which has admitted it: counted, beyond the limit where it must be.
  void take();
  // One of those that came in is gone, or lives on in another process.
  void leave();
  size_t parkedCount() const { return parked_.size(); }
  void closeParked();

 private:
  struct LimitStep {
    const config::ConnectionLimit* config;
    config::CircuitBreakers breakers;
    std::unique_ptr<CircuitBreaker> count;
    stats::StatBlock<stats::ConnectionLimitStat> stats;
  };
  struct RateStep {
    RateBucket bucket;
    uint64_t* word;
    std::unique_ptr<uint64_t> own;  // where there is no page
    stats::StatBlock<stats::ConnectionRateStat> stats;
  };
  // One of the two.
  struct Step {
    std::unique_ptr<LimitStep> limit;
    std::unique_ptr<RateStep> rate;
  };
  struct Rules {
    const config::NetworkRbac* config;
    stats::StatBlock<stats::NetworkRbacStat> stats;
  };
  // A connection too many, until its delay is over. It is counted until then (Envoy).
  struct Parked final : net::DeferredDeletable {
    Parked(Gate& gate, base::UniqueFd socket, size_t counted)
        : owner(gate), fd(std::move(socket)), counted_by(counted) {}
    void onTimeout() { owner.unpark(*this); }
    Gate& owner;
    base::UniqueFd fd;
    size_t counted_by;  // so many of the first steps
    size_t index = 0;
    net::MemberTimer<Parked, &Parked::onTimeout> timer{*this};
  };
  void addLimit(const config::ConnectionLimit& config, uint32_t cell, size_t seat);
  void addRate(const config::ConnectionRate& config, uint32_t cell, size_t seat);
  void count(LimitStep& limit, bool beyond);
  void leave(size_t first_steps);
  void refuse(base::UniqueFd fd, uint64_t delay_ms, size_t counted);
  void unpark(Parked& parked);
  std::string_view denialBy(std::string_view policy);

  WorkerContext& context_;
  std::vector<Step> steps_;  // in the order of the configuration
  std::vector<Rules> rules_;
  std::vector<std::unique_ptr<Parked>> parked_;
  Refusal refusal_;
  std::map<std::string, std::string, std::less<>> denials_;  // by policy: what the log says
};

}  // namespace convoy::worker
