// format_operators: the names of access-log operators as Envoy spells them, and what each takes.
// One visible table, read only while a configuration is loaded (either process). What an operator
// gives is decided in worker/access_log/format.
#pragma once

#include <string_view>

#include "common/config/model/format.h"

namespace convoy::config {

enum class OperatorArgument : uint8_t {
  None,      // "%PROTOCOL%" only
  Optional,  // "%START_TIME%" or "%START_TIME(...)%"
  Required,  // "%REQ(X)%"
};

struct OperatorSpec {
  std::string_view name;
  FormatOp op;
  OperatorArgument argument;
  bool length_allowed;  // ":Z"
  bool supported;       // false: Envoy gives it a value and Convoy does not yet
};

// nullptr if nobody knows that name.
const OperatorSpec* findOperator(std::string_view name);
// The known name with the fewest edits, or "" if none is near.
std::string_view nearestOperator(std::string_view name);

}  // namespace convoy::config
