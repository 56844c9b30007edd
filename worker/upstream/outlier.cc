#include "worker/upstream/outlier.h"

namespace convoy::worker {

FailureStreaks::Reached FailureStreaks::count(const config::OutlierDetection& config, int status) {
  Reached reached;
  if (status < 500) {
    server_errors_ = gateway_failures_ = 0;
    return reached;
  }
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

}  // namespace convoy::worker
