// outlier: how one host answers, as outlier_detection counts it: failures in a row, and how many of
// all. At the configured number in a row the master is told at once, of the rest from time to time;
// whether the host is ejected then, and for how long, is for it to say (master/upstream/ejections),
// since all workers share the hosts. Owned by a Host; worker loop.
#pragma once

#include <cstdint>

#include "common/config/model/health_check.h"

namespace convoy::worker {

class HostConduct {
 public:
  struct Reached {
    bool server_errors = false;
    bool gateway_failures = false;
    bool local_failures = false;
  };
  struct Rates {
    uint64_t good = 0, bad = 0;
    uint64_t local_good = 0, local_bad = 0;
  };
  // `status` is the host's answer. Each streak begins anew when it has reached its length.
  Reached answered(const config::OutlierDetection& config, int status);
  // There was no answer (connect, reset, timeout): as 503 or 504, unless such failures are counted
  // on their own.
  Reached failed(const config::OutlierDetection& config, int as_status);
  // A connection was there: counts only where failures to get one do.
  void reached(const config::OutlierDetection& config);

  // Since the last call.
  Rates takeRates();

 private:
  uint32_t server_errors_ = 0;
  uint32_t gateway_failures_ = 0;
  uint32_t local_failures_ = 0;
  Rates rates_;
};

}  // namespace convoy::worker
