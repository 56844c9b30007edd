// h1_codec: HTTP/1.0 and 1.1, both sides. http-parser reads heads (behind h1_parser); message_rules
// judges them; body framing is our own (Content-Length counter, chunk decoder), because Debian's
// http-parser is built lenient (security.md section 2). One stream at a time; pipelined bytes wait
// in a stash until the response before them is complete. Owned by a connection's owner; worker
// loop, and the master's admin server.
//
// Server, per message:
//   Head --head complete--> Body --last byte--> Done --response ended--> Head (or Closing)
//     \--bad head--> Failed         \--bad chunk--> Failed
//   After a 101 response: Tunnel (bytes pass through untouched both ways).
#pragma once

#include <memory>
#include <vector>

#include "common/http/codec.h"
#include "common/net/connection.h"

namespace convoy::http {

// Limits and options of one HTTP connection manager or upstream cluster; constant, shared.
struct H1Settings {
  size_t max_head_bytes = 60 * 1024;    // Envoy: max_request_headers_kb 60
  size_t max_fields = 100;              // Envoy: max_headers_count 100 (upstream too: 502)
  size_t max_request_line = 16 * 1024;  // 414 above; RFC 9112 section 3 asks for >= 8000
  bool accept_http_10 = false;          // else 426
  std::string default_host_for_http_10;
  bool reject_underscores = false;  // headers_with_underscores_action; default ALLOW as Envoy
  bool drop_underscores = false;
  // Names of fields that we send: "content-type", or "Content-Type".
  bool proper_case = false;
  // Names of fields that we receive go on as they are spelled here.
  bool keep_spelling = false;
  bool forward_trailers = true;                 // false: dropped
  bool allow_upgrade = false;                   // the route decides; websocket, and besides it:
  std::vector<std::string> upgrade_types = {};  // lower case
  bool allow_connect = false;                   // some route takes CONNECT
  bool allow_extended_connect = false;          // HTTP/2: upgrades by CONNECT (RFC 8441)
  // Tools put regular expressions into the queries of the admin interface as they are.
  bool backslash_in_query = false;
};

// `sink` and `callbacks` outlive the codec.
std::unique_ptr<ServerCodec> makeH1ServerCodec(net::ByteSink& sink, ServerCallbacks& callbacks,
                                               const H1Settings& settings);
std::unique_ptr<ClientCodec> makeH1ClientCodec(net::ByteSink& sink, ClientCallbacks& callbacks,
                                               const H1Settings& settings);

// Server codecs between two messages are all alike: an idle connection gives its back and takes any
// other one when it reads again. Owned by a worker; its loop.
class H1ServerCodecPool {
 public:
  // `consumed`: where the connection is, as the one given back said it.
  std::unique_ptr<ServerCodec> take(net::ByteSink& sink, ServerCallbacks& callbacks,
                                    const H1Settings& settings, uint64_t consumed);
  // REQUIRES: of take(), between two messages, nothing unparsed, not held.
  void giveBack(std::unique_ptr<ServerCodec> codec);

 private:
  static constexpr size_t kMaxIdle = 1024;
  std::vector<std::unique_ptr<ServerCodec>> free_;
};

}  // namespace convoy::http
