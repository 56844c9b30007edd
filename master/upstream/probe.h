// probe: how one host is asked once whether it is well: a request that must be answered, or bytes
// over TCP. It keeps its connection for the next time where that is wanted, and knows nothing of
// thresholds or intervals (health_session). Owned by a HealthSession; the master's loop.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/config/model/health_check.h"
#include "common/net/address.h"
#include "common/net/event_loop.h"

namespace convoy::master {

struct ProbeResult {
  enum class Kind : uint8_t {
    Success,
    Failure,  // an answer, and a wrong one
    Network,  // no answer
  };
  Kind kind = Kind::Success;
  bool retriable = false;  // a Failure that counts towards unhealthy_threshold
  std::string why;
};

class Probe {
 public:
  using Callback = std::function<void(const ProbeResult&)>;
  virtual ~Probe() = default;
  // Calls back once, never before it returns; not at all after abort() or the end of the probe.
  // REQUIRES: no check is under way.
  virtual void start(Callback callback) = 0;
  // Gives up what is under way and its connection.
  virtual void abort() = 0;
};

// Makes the probe of one host; replaced in tests. `authority` is the Host of HTTP checks.
using ProbeFactory = std::function<std::unique_ptr<Probe>(
    net::EventLoop& loop, const config::HealthCheck& check, const net::Address& address,
    const std::string& authority)>;
std::unique_ptr<Probe> makeProbe(net::EventLoop& loop, const config::HealthCheck& check,
                                 const net::Address& address, const std::string& authority);

// All of `pieces` stand in `bytes`, in this order, with anything between them.
bool holdsInOrder(const std::string& bytes, const std::vector<std::string>& pieces);

}  // namespace convoy::master
