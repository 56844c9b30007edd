#include "worker/upstream/outlier.h"

#include <utility>

namespace convoy::worker {

HostConduct::Reached HostConduct::answered(const config::OutlierDetection& config, int status) {
  Reached reached;
  if (status < 500) {
    ++rates_.good;
    server_errors_ = gateway_failures_ = 0;
    return reached;
  }
  ++rates_.bad;
  if (++server_errors_ == config.consecutive_5xx) {
    server_errors_ = 0;
    reached.server_errors = true;
  }
  if (status < 502 || status > 504) {
    gateway_failures_ = 0;
  } else if (++gateway_failures_ == config.consecutive_gateway_failure) {
    gateway_failures_ = 0;
    reached.gateway_failures = true;
  }
  return reached;
}

HostConduct::Reached HostConduct::failed(const config::OutlierDetection& config, int as_status) {
  if (!config.split_local_origin) return answered(config, as_status);
  Reached reached;
  ++rates_.local_bad;
  if (++local_failures_ == config.consecutive_local_origin) {
    local_failures_ = 0;
    reached.local_failures = true;
  }
  return reached;
}

void HostConduct::reached(const config::OutlierDetection& config) {
  if (!config.split_local_origin) return;
  ++rates_.local_good;
  local_failures_ = 0;
}

HostConduct::Rates HostConduct::takeRates() {
  return std::exchange(rates_, {});
}

}  // namespace convoy::worker
