// model/local_reply: local_reply_config of the HTTP connection manager: what becomes of answers
// that Convoy makes itself (failures, redirects, direct responses).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/config/model/access_log_filter.h"
#include "common/config/model/core.h"

namespace convoy::config {

struct ResponseMapper {
  AccessLogFilter filter;
  std::optional<int> status;
  std::optional<std::string> body;
  std::optional<FormatString> format;  // body_format_override
  std::vector<HeaderValueOption> headers_to_add;
};

struct LocalReplyConfig {
  std::optional<FormatString> format;   // body_format; none: the body as it is
  std::vector<ResponseMapper> mappers;  // the first that matches counts
};

}  // namespace convoy::config
