#include "worker/http/normalize.h"

#include "common/http/authority.h"
#include "common/http/path.h"
#include "worker/http/local_reply.h"

namespace convoy::worker {

using config::HttpConnectionManager;
using http::PathChange;

namespace {

Normalized normalizePath(const HttpConnectionManager& config, base::Arena& arena,
                         http::RequestHead& head) {
  using Action = HttpConnectionManager::EscapedSlashes;
  Normalized result = Normalized::Continue;
  if (config.escaped_slashes != Action::Keep &&
      http::unescapeSlashes(head.path, arena) == PathChange::Changed) {
    if (config.escaped_slashes == Action::Reject) return Normalized::Refuse;
    // A gRPC client follows no redirect.
    if (config.escaped_slashes == Action::UnescapeAndRedirect) {
      result = isGrpc(head) ? Normalized::Refuse : Normalized::Redirect;
    }
  }
  if (config.normalize_path && http::normalizePath(head.path, arena) == PathChange::Refused) {
    return Normalized::Refuse;
  }
  // Afterwards: dot segments that went away may leave slashes side by side.
  if (config.merge_slashes) http::mergeSlashes(head.path, arena);
  return result;
}

void normalizeHost(const HttpConnectionManager& config, const net::Address& local,
                   base::Arena& arena, http::RequestHead& head) {
  if (config.strip_trailing_host_dot) {
    head.authority = http::withoutTrailingDot(head.authority, arena);
  }
  if (config.strip_any_host_port) {
    head.authority = http::withoutPort(head.authority);
  } else if (config.strip_matching_host_port) {
    head.authority = http::withoutPort(head.authority, local.isIp() ? local.port() : uint32_t{0});
  }
}

}  // namespace

Normalized normalizeRequest(const HttpConnectionManager& config, const net::Address& local,
                            base::Arena& arena, http::RequestHead& head) {
  // It has no path, and its port is part of what it asks for.
  if (head.method == http::Method::Connect) return Normalized::Continue;
  const Normalized result = normalizePath(config, arena, head);
  if (result == Normalized::Continue) normalizeHost(config, local, arena, head);
  return result;
}

}  // namespace convoy::worker
