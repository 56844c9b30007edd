// model/core: the pieces of Envoy v3's config.core.v3 that other model types are made of. Plain
// values, written once by parse_*, const ever after; both processes. Durations are milliseconds
// unless the name says otherwise. `Origin` is kept only where a later error can name it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/matcher.h"
#include "common/config/model/format.h"

namespace convoy::config {

// config.core.v3.RoutingPriority: which of a cluster's circuit breakers counts.
enum class Priority : uint8_t { Default, High };

// Where in the operator's file something was said.
struct Origin {
  int line = 0;    // 1-based; 0 = not from a file
  int column = 0;  // 1-based
  int source = 0;  // which of load()'s sources
};

struct SocketAddress {
  std::string address;  // an IP for listeners; an IP or a name for endpoints
  uint16_t port_value = 0;
  bool is_pipe = false;
  std::string path;   // pipe
  unsigned mode = 0;  // pipe
  Origin origin;
  std::string toString() const;  // "127.0.0.1:80" or the path
};

struct Node {
  std::string id, cluster, region, zone, sub_zone;
};

struct HeaderValueOption {
  // Envoy: config.core.v3.HeaderValueOption.HeaderAppendAction
  enum class Action : uint8_t {
    AppendIfExistsOrAdd,
    AddIfAbsent,
    OverwriteIfExistsOrAdd,
    OverwriteIfExists
  };
  std::string key;  // lower case
  Format value;     // %OPERATORS% are expanded per request
  Action action = Action::AppendIfExistsOrAdd;
  bool keep_empty_value = false;
};

struct HeaderMutations {
  std::vector<HeaderValueOption> request_to_add;
  std::vector<std::string> request_to_remove;  // lower case
  std::vector<HeaderValueOption> response_to_add;
  std::vector<std::string> response_to_remove;
  bool empty() const {
    return request_to_add.empty() && request_to_remove.empty() && response_to_add.empty() &&
           response_to_remove.empty();
  }
};

struct AccessLogFilter;  // model/access_log_filter.h

// "10.0.0.0/8"
struct CidrRange {
  std::string address;
  uint32_t prefix = 0;
  std::string octets;  // of the address: 4 or 16
};

// "numerator of denominator" events.
struct Fraction {
  uint32_t numerator = 0;
  uint32_t denominator = 100;
  bool holdsFor(uint64_t random) const { return random % denominator < numerator; }
};

// config.core.v3.SubstitutionFormatString: text, or a JSON document, with what operators give.
struct FormatString {
  enum class Kind : uint8_t { Text, Json };
  Kind kind = Kind::Text;
  Format text;              // Text
  JsonFormat json;          // Json
  bool typed_json = false;  // numbers as numbers, unset as null (Envoy's json_format)
  bool omit_empty_values = false;
  std::string content_type;  // of a body that is made of it; "": the usual one of its kind
};

// Text: the default format if the operator gave none.
struct AccessLog : FormatString {
  enum class Target : uint8_t { File, Stdout, Stderr };
  Target target = Target::File;
  std::string path;                               // File
  std::shared_ptr<const AccessLogFilter> filter;  // null: every request
  Origin origin;
};

// header_key_format of config.core.v3.Http1ProtocolOptions: how names of fields go out in HTTP/1.
// Preserve is about what comes in: those names go on as their sender spelled them.
enum class HeaderKeyFormat : uint8_t { LowerCase, ProperCase, Preserve };

// config.core.v3.Http2ProtocolOptions, with Envoy's defaults.
struct Http2Options {
  uint32_t hpack_table_size = 4096;
  uint32_t max_concurrent_streams = 1024;
  uint32_t initial_stream_window_size = 16 * 1024 * 1024;
  uint32_t initial_connection_window_size = 24 * 1024 * 1024;
  uint32_t max_outbound_frames = 10000;
  uint32_t max_outbound_control_frames = 1000;
  uint32_t max_consecutive_empty_frames = 1;
  uint32_t max_priority_frames_per_stream = 100;
  uint32_t max_window_updates_per_data_frame = 10;
  bool stream_error_on_invalid_message = false;
  // Of clients: CONNECT, and upgrades by it (RFC 8441). Upstreams say themselves what they take.
  bool allow_connect = false;
  uint64_t keepalive_interval_ms = 0;  // 0: no PING
  uint64_t keepalive_timeout_ms = 0;
  uint32_t keepalive_jitter_percent = 15;
};

}  // namespace convoy::config
