// value: what one operator of a format gives for one request. Views point into the Record or into
// the caller's Scratch; nothing is allocated. How a value is written (text, JSON, header) is
// decided in access_log/format.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/config/model/format.h"
#include "worker/access_log/format.h"

namespace convoy::worker {

struct Value {
  enum class Kind : uint8_t {
    Unset,
    Own,     // text that Convoy or its operator made
    Peer,    // text that a client or an upstream made: to be escaped in logs
    Number,  // text holds its digits
  };
  Kind kind = Kind::Unset;
  std::string_view text;
};

// Where evaluate() writes digits, addresses and times. Also the limit of a value made there.
struct Scratch {
  char bytes[4096];
};

// `part.max_length` is applied.
Value evaluate(const config::FormatPart& part, const FormatContext& context, Scratch& scratch);

}  // namespace convoy::worker
