// filter: whether a request gets a line in an access log (config::AccessLogFilter). Owned by its
// AccessLogger; the model outlives it. Worker loop; allocates nothing per request.
#pragma once

#include <cstdint>
#include <vector>

#include "common/base/random.h"
#include "common/config/model/access_log_filter.h"
#include "worker/access_log/format.h"

namespace convoy::worker {

class LogFilter {
 public:
  explicit LogFilter(const config::AccessLogFilter& config);
  bool passes(const FormatContext& context, base::Random& random) const;

 private:
  bool compare(uint64_t value) const;
  bool inShare(const Record& record, base::Random& random) const;

  const config::AccessLogFilter& config_;
  uint32_t flags_ = 0;  // ResponseFlag: bits of Record::flags
  std::vector<LogFilter> parts_;
};

}  // namespace convoy::worker
