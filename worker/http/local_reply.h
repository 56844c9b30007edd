// local_reply: the head of an answer that Convoy makes itself, as Envoy shapes it (http/utility.cc
// prepareLocalReply): text/plain with its length, or for a gRPC call a trailers-only answer: 200
// with the failure in grpc-status and grpc-message. Stateless.
#pragma once

#include <optional>
#include <string_view>

#include "common/http/header_map.h"

namespace convoy::worker {

// Whether its content-type is application/grpc or one of its kinds.
bool isGrpc(const http::RequestHead& head);

// What an HTTP status comes to in gRPC.
std::string_view grpcStatusOf(int status);

// `grpc`: for a gRPC call; `grpc_status`: what it is told; absent: what `status` comes to. Fills
// `out`, which is cleared first. Returns the body to send: empty for gRPC. `body` outlives `out`.
std::string_view makeLocalReply(bool grpc, int status, std::string_view body, bool overloaded,
                                http::ResponseHead& out, std::optional<int> grpc_status = {});

}  // namespace convoy::worker
