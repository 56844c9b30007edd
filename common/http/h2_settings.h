// h2_settings: what one HTTP connection manager or upstream cluster says about HTTP/2 (Envoy:
// Http2ProtocolOptions, with its defaults), and what a session counts. Constant, shared.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/http/h1_codec.h"

namespace convoy::http {

struct H2Settings {
  H1Settings rules;  // what makes a message acceptable: the same for both wire formats
  uint32_t max_concurrent_streams = 1024;
  uint32_t initial_stream_window = 16 * 1024 * 1024;
  uint32_t initial_connection_window = 24 * 1024 * 1024;
  uint32_t hpack_table_size = 4096;
  // Floods (h2_limits).
  uint32_t max_outbound_frames = 10000;
  uint32_t max_outbound_control_frames = 1000;
  uint32_t max_consecutive_empty_frames = 1;
  uint32_t max_priority_frames_per_stream = 100;
  uint32_t max_window_updates_per_data_frame = 10;
  // A malformed message resets its stream; else it ends the connection.
  bool stream_error_on_invalid_message = false;
  uint64_t keepalive_interval_ms = 0;  // 0: no PING of ours
  uint64_t keepalive_timeout_ms = 0;
  uint32_t keepalive_jitter_percent = 15;
};

// Named as Envoy's http2.* stats, but for the first.
enum class H2Counter : uint8_t {
  PrematureResets,  // http.<prefix>.downstream_rq_too_many_premature_resets
  GoawaySent,
  HeaderOverflow,
  InboundEmptyFramesFlood,
  InboundPriorityFramesFlood,
  InboundWindowUpdateFramesFlood,
  KeepaliveTimeout,
  OutboundControlFlood,
  OutboundFlood,
  RxMessagingError,
  RxReset,
  StreamRefusedErrors,
  Trailers,
  TxFlushTimeout,
  TxReset,
};

class H2Observer {
 public:
  virtual ~H2Observer() = default;
  virtual void count(H2Counter counter) = 0;
};

}  // namespace convoy::http
