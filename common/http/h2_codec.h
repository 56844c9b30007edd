// h2_codec: HTTP/2 (RFC 9113), both sides, over nghttp2: many streams at a time behind the contract
// of codec.h. A server codec is made when the client's preface has come, a client codec when the
// connection is there: a session costs 25 KB, which a connection that says nothing does not.
// Owned by a connection's owner; worker loop.
#pragma once

#include <memory>
#include <string_view>

#include "common/http/codec.h"
#include "common/http/h2_session.h"
#include "common/http/h2_settings.h"

namespace convoy::http {

constexpr std::string_view kH2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

// Whether the first octets of a connection are HTTP/2's: no HTTP/1 head ends before that is known.
enum class Preface : uint8_t { Http2, Http1, MaybeHttp2 };
Preface judgePreface(std::string_view first);

// What `env` names, `callbacks` and `settings` outlive the codec.
std::unique_ptr<ServerCodec> makeH2ServerCodec(const H2Env& env, ServerCallbacks& callbacks,
                                               const H2Settings& settings);
std::unique_ptr<ClientCodec> makeH2ClientCodec(const H2Env& env, ClientCallbacks& callbacks,
                                               const H2Settings& settings);

}  // namespace convoy::http
