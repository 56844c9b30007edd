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

// Text mode. `log_escaping`: control bytes, quotes and 8-bit bytes of values that a peer made
// become \xHH, and such a value is cut at 4 KiB. `unset` stands for an operator without a value:
// header values take "" there.
void appendFormat(const config::Format& format, const FormatContext& context, bool log_escaping,
                  std::string& out, std::string_view unset = "-");
// What the format makes of it: JSON ends with a newline, text as it is written.
void appendFormatString(const config::FormatString& format, const FormatContext& context,
                        bool log_escaping, std::string& out);
// One access-log line of `log`. A JSON line ends with a newline; a text line ends as its format
// does, which is how Envoy has it (the default format ends with one).
void appendLogLine(const config::AccessLog& log, const FormatContext& context, std::string& out);

}  // namespace convoy::worker
