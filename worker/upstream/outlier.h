// outlier: failures in a row of one host, as outlier_detection counts them. At the configured
// number the master is told; whether the host is ejected then, and for how long, is for it to say
// (master/upstream/ejections), since all workers share the hosts. Owned by a Host; worker loop.
#pragma once

#include <cstdint>

#include "common/config/model/health_check.h"

namespace convoy::worker {

class FailureStreaks {
 public:
  struct Reached {
    bool server_errors = false;
    bool gateway_failures = false;
  };
  // `status` is the host's answer, or 503 or 504 where it gave none. Each streak begins anew when
  // it has reached its length.
  Reached count(const config::OutlierDetection& config, int status);

 private:
  uint32_t server_errors_ = 0;
  uint32_t gateway_failures_ = 0;
};

}  // namespace convoy::worker
