// model/access_log_filter: config.accesslog.v3.AccessLogFilter: which requests an access log has
// lines of. A tree: And and Or hold others.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/config/model/route.h"

namespace convoy::config {

struct AccessLogFilter {
  enum class Kind : uint8_t {
    StatusCode,
    Duration,  // milliseconds
    NotHealthCheck,
    Traceable,
    Runtime,  // a share of the requests
    And,
    Or,
    Header,
    ResponseFlag,
    GrpcStatus,
    LogType,
  };
  enum class Op : uint8_t { Equal, GreaterOrEqual, LessOrEqual, NotEqual };

  Kind kind = Kind::And;
  Op op = Op::Equal;  // StatusCode, Duration: compared with `value`
  uint64_t value = 0;
  Fraction share;                        // Runtime
  bool independent_randomness = false;   // Runtime: else x-request-id decides
  std::vector<AccessLogFilter> filters;  // And, Or
  HeaderMatcher header;
  uint32_t statuses = 0;           // GrpcStatus: a bit for each
  bool exclude = false;            // GrpcStatus: all but these
  bool requests = false;           // LogType: lines at the end of a request
  bool connections = false;        // LogType: and of a TCP connection
  std::vector<std::string> flags;  // ResponseFlag, "UH" and so on; none: any flag
};

}  // namespace convoy::config
