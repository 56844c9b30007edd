// limit_gauges: circuit_breakers.*.*_open and remaining_* of every cluster, from the words that all
// workers share. Owned by the Master; asked before each scrape.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "common/config/model/bootstrap.h"
#include "master/metrics/aggregate.h"
#include "master/upstream/shared_limits.h"

namespace convoy::master {

class LimitGauges {
 public:
  void refresh(const config::Bootstrap& bootstrap, const SharedLimits::Seats& seats,
               const SharedLimits& limits, Aggregate& aggregate);

 private:
  std::map<std::string, uint32_t>
      open_;  // clusters of which some limit was reached: a bit for each
};

}  // namespace convoy::master
