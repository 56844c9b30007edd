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
#include "common/net/tls_context.h"

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

struct ProbeTarget {
  net::Address address;
  std::string authority;                            // of HTTP and gRPC checks
  std::shared_ptr<const net::TlsContext> tls = {};  // null: plain bytes
  std::string sni = {};
  bool san_is_sni = false;  // the certificate must have that name
};

// Makes the probe of one host; replaced in tests.
using ProbeFactory = std::function<std::unique_ptr<Probe>(
    net::EventLoop& loop, const config::HealthCheck& check, ProbeTarget target)>;
std::unique_ptr<Probe> makeProbe(net::EventLoop& loop, const config::HealthCheck& check,
                                 ProbeTarget target);

// All of `pieces` stand in `bytes`, in this order, with anything between them.
bool holdsInOrder(const std::string& bytes, const std::vector<std::string>& pieces);

}  // namespace convoy::master
