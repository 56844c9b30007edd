// model/http: extensions.filters.network.http_connection_manager.v3 and the HTTP filters.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/config/model/core.h"
#include "common/config/model/route.h"

namespace convoy::config {

struct LocalReplyConfig;  // model/local_reply.h

// x-forwarded-client-cert.
struct ClientCertDetails {
  // Envoy: ForwardClientCertDetails
  enum class Forward : uint8_t {
    Sanitize,
    ForwardOnly,
    AppendForward,
    SanitizeSet,
    AlwaysForwardOnly
  };
  Forward forward = Forward::Sanitize;
  // set_current_client_cert_details: besides Hash, and By where our certificate has a URI.
  bool subject = false, cert = false, chain = false, dns = false, uri = false;
};

struct HttpConnectionManager {
  ClientCertDetails client_cert;
  enum class CodecType : uint8_t { Auto, Http1, Http2 };
  enum class ServerHeader : uint8_t { Overwrite, AppendIfAbsent, PassThrough };
  // path_with_escaped_slashes_action: what a %2F or %5C in a path leads to.
  enum class EscapedSlashes : uint8_t { Keep, Reject, UnescapeAndRedirect, UnescapeAndForward };
  enum class UnderscoreAction : uint8_t { Allow, RejectRequest, DropHeader };

  std::string stat_prefix;
  CodecType codec_type = CodecType::Auto;
  RouteConfiguration route_config;
  std::vector<HttpFilter> http_filters;
  std::vector<AccessLog> access_log;
  std::shared_ptr<const LocalReplyConfig> local_reply;  // null: answers of our own are Envoy's

  bool use_remote_address = false;
  uint32_t xff_num_trusted_hops = 0;
  bool skip_xff_append = false;
  // internal_address_config: whose x-envoy-* fields count. Nobody's without it, as in Envoy.
  std::vector<CidrRange> internal_ranges;
  bool internal_unix_sockets = false;
  bool generate_request_id = true;
  bool preserve_external_request_id = false;
  bool always_set_request_id_in_response = false;
  std::string server_name = "envoy";
  ServerHeader server_header = ServerHeader::Overwrite;
  std::string via;
  bool add_user_agent = false;  // the name of our cluster, where a client names no program
  // scheme_header_transformation: "" = as the client has it.
  std::string scheme_to_overwrite;
  std::vector<std::string> upgrades;  // upgrade_configs enabled, in lower case: "websocket"

  uint64_t stream_idle_timeout_ms = 300000;  // 0 = none
  uint64_t request_timeout_ms = 0;
  uint64_t request_headers_timeout_ms = 0;
  uint64_t drain_timeout_ms = 5000;
  uint64_t delayed_close_timeout_ms = 1000;
  // common_http_protocol_options
  uint64_t idle_timeout_ms = 3600000;
  uint64_t max_connection_duration_ms = 0;
  uint64_t max_stream_duration_ms = 0;  // 0 = none
  uint32_t max_headers_count = 100;
  uint32_t max_requests_per_connection = 0;
  UnderscoreAction underscores = UnderscoreAction::Allow;

  uint32_t max_request_headers_kb = 60;
  bool accept_http_10 = false;
  std::string default_host_for_http_10;
  bool enable_trailers = false;  // http_protocol_options
  HeaderKeyFormat header_key_format = HeaderKeyFormat::LowerCase;
  Http2Options http2;
  bool proxy_100_continue = false;
  bool normalize_path = false;
  bool merge_slashes = false;
  EscapedSlashes escaped_slashes = EscapedSlashes::Keep;
  bool strip_any_host_port = false;
  bool strip_matching_host_port = false;
  bool strip_trailing_host_dot = false;
  Origin origin;
};

}  // namespace convoy::config
