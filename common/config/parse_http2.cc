// config.core.v3.Http2ProtocolOptions, of a listener or of a cluster.
#include "common/config/parse.h"
#include "common/config/reader.h"

namespace convoy::config {

namespace {

constexpr uint64_t kMaxInt = 0x7fffffff;
constexpr uint64_t kMinWindow = 65535;

void uintIn(Reader& r, std::string_view field, uint64_t min, uint64_t max, uint32_t& to) {
  const uint64_t value = r.uint(field, to, max);
  if (value < min) {
    r.error(field, code::kWrongValue, std::string(field) + " is at least " + std::to_string(min));
    return;
  }
  to = static_cast<uint32_t>(value);
}

void parseKeepalive(const TreeNode& node, const std::string& path, Http2Options& out,
                    Diagnostics& d) {
  Reader r(node, path, "envoy.config.core.v3.KeepaliveSettings", d);
  r.required("timeout");
  out.keepalive_interval_ms = r.durationMs("interval").value_or(0);
  out.keepalive_timeout_ms = r.durationMs("timeout").value_or(0);
  for (const std::string_view field : {"interval", "timeout"}) {
    if (r.has(field) && r.durationMs(field).value_or(1) == 0) {
      r.error(field, code::kWrongValue, std::string(field) + " is above 0");
    }
  }
  r.message("interval_jitter", [&](const TreeNode& n, const std::string& p) {
    Reader j(n, p, "envoy.type.v3.Percent", d);
    const double percent = j.number("value", 0);
    if (percent < 0 || percent > 100) {
      j.error("value", code::kWrongValue, "a percentage is from 0 to 100");
      return;
    }
    out.keepalive_jitter_percent = static_cast<uint32_t>(percent);
  });
  r.unsupported("connection_idle_interval", "no PING is sent before a request");
}

}  // namespace

Http2Options parseHttp2Options(const TreeNode& node, const std::string& path, Diagnostics& d) {
  Http2Options out;
  Reader r(node, path, "envoy.config.core.v3.Http2ProtocolOptions", d);
  uintIn(r, "hpack_table_size", 0, UINT32_MAX, out.hpack_table_size);
  uintIn(r, "max_concurrent_streams", 1, kMaxInt, out.max_concurrent_streams);
  uintIn(r, "initial_stream_window_size", kMinWindow, kMaxInt, out.initial_stream_window_size);
  uintIn(r, "initial_connection_window_size", kMinWindow, kMaxInt,
         out.initial_connection_window_size);
  uintIn(r, "max_outbound_frames", 1, UINT32_MAX, out.max_outbound_frames);
  uintIn(r, "max_outbound_control_frames", 1, UINT32_MAX, out.max_outbound_control_frames);
  uintIn(r, "max_consecutive_inbound_frames_with_empty_payload", 0, UINT32_MAX,
         out.max_consecutive_empty_frames);
  uintIn(r, "max_inbound_priority_frames_per_stream", 0, UINT32_MAX,
         out.max_priority_frames_per_stream);
  uintIn(r, "max_inbound_window_update_frames_per_data_frame_sent", 1, UINT32_MAX,
         out.max_window_updates_per_data_frame);
  out.stream_error_on_invalid_message =
      r.boolean("override_stream_error_on_invalid_http_message",
                r.boolean("stream_error_on_invalid_http_messaging", false));
  r.message("connection_keepalive",
            [&](const TreeNode& n, const std::string& p) { parseKeepalive(n, p, out, d); });
  out.allow_connect = r.boolean("allow_connect", false);
  r.unsupported("allow_metadata", "METADATA frames are dropped");
  r.unsupported("max_metadata_size", "METADATA frames are dropped");
  r.unsupported("custom_settings_parameters", "they are not sent");
  r.unsupported("enable_huffman_encoding", "strings are coded where that makes them shorter");
  r.ignore("use_oghttp2_codec");  // which library of Envoy's reads the frames
  return out;
}

}  // namespace convoy::config
