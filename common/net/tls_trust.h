// tls_trust: what a validation context asks of a peer, besides judging its certificate (tls_hooks).
// Pure; only for common/net/tls_*.cc.
#pragma once

#include <string>

#include "common/config/model/tls.h"

namespace convoy::net {

// Who says which certificates are expected wants to see one (Envoy).
bool requiresCertificate(const config::TlsValidation& validation);
// All that is asked, as text: a session is proof of a verified peer only where it is the same.
std::string fingerprintOf(const config::TlsValidation& validation);

}  // namespace convoy::net
