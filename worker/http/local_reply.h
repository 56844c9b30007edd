// local_reply: the head of an answer that Convoy makes itself, as Envoy shapes it (http/utility.cc
// prepareLocalReply): text/plain with its length, or for a gRPC call a trailers-only answer: 200
// with the failure in grpc-status and grpc-message. Made in two steps, between which fields may be
// added and local_reply_config has its say. Stateless.
#pragma once

#include <optional>
#include <string_view>

#include "common/base/arena.h"
#include "common/http/header_map.h"

namespace convoy::worker {

// Whether its content-type is application/grpc or one of its kinds.
bool isGrpc(const http::RequestHead& head);
bool isGrpcType(const http::HeaderMap& headers);

// What an HTTP status comes to in gRPC.
std::string_view grpcStatusOf(int status);

// As gRPC encodes grpc-message: printable ASCII but for the percent sign.
std::string_view percentEncoded(std::string_view text, base::Arena& arena);

// `out` is cleared first.
void beginLocalReply(int status, http::ResponseHead& out);

// `grpc`: for a gRPC call; `grpc_status`: what it is told; absent: what `out.status` comes to.
// Returns the body to send: empty for gRPC. `body` outlives `out`.
std::string_view endLocalReply(bool grpc, std::string_view body, base::Arena& arena,
                               http::ResponseHead& out, std::optional<int> grpc_status = {});

}  // namespace convoy::worker
