// tls_value: what the operators of TLS give: version, cipher, the client's certificate. "-" for a
// plain connection.
#pragma once

#include "common/config/model/format.h"
#include "worker/access_log/value.h"
#include "worker/record.h"

namespace convoy::worker {

// Unset for operators that are not of TLS. Times are not here: certificateTimeUs().
Value tlsValue(config::FormatOp op, const Record& record, Scratch& scratch);
// When the client's certificate begins or ends to be valid; 0 if there is none.
int64_t certificateTimeUs(config::FormatOp op, const Record& record);

}  // namespace convoy::worker
