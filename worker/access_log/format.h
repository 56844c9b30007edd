// format: evaluates a parsed config::Format over a Record. Appends to a string whose capacity the
// caller keeps, so nothing is allocated in the steady state. "-" stands for what is unset.
#pragma once

#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/config/model/core.h"
#include "worker/record.h"

namespace convoy::worker {

struct FormatContext {
  const Record& record;
  std::string_view hostname;
  const base::Clock& clock;
};

// Text mode. `log_escaping`: control bytes, quotes and 8-bit bytes of client-made values become
// \xHH.
void appendFormat(const config::Format& format, const FormatContext& context, bool log_escaping,
                  std::string& out);
// One access-log line of `log`, with its final newline.
void appendLogLine(const config::AccessLog& log, const FormatContext& context, std::string& out);

}  // namespace convoy::worker
