// normalize: path and host of a request brought to the form that the operator asked for, before
// anything reads them (Envoy: ConnectionManagerUtility::maybeNormalizePath, maybeNormalizeHost).
// Stateless; a request that is in that form already costs one pass over its path.
#pragma once

#include <cstdint>

#include "common/base/arena.h"
#include "common/config/model/http.h"
#include "common/http/header_map.h"
#include "common/net/address.h"

namespace convoy::worker {

enum class Normalized : uint8_t {
  Continue,
  Refuse,    // 400
  Redirect,  // 307 to what is now the path
};

// Edits `head`; `local` is the address that the client connected to.
Normalized normalizeRequest(const config::HttpConnectionManager& config, const net::Address& local,
                            base::Arena& arena, http::RequestHead& head);

}  // namespace convoy::worker
