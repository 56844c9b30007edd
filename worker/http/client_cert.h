// client_cert: x-forwarded-client-cert, which tells the upstream who the client is. What a client
// says of itself is removed unless the configuration has it otherwise (forward_client_cert_details,
// headers.rst). Stateless.
#pragma once

#include "common/base/arena.h"
#include "common/config/model/http.h"
#include "common/http/header_map.h"
#include "common/net/transport.h"

namespace convoy::worker {

// `transport`: null for a plain connection.
void applyClientCert(const config::ClientCertDetails& config, net::Transport* transport,
                     base::Arena& arena, http::RequestHead& head);

}  // namespace convoy::worker
