#include "worker/http/h2_stats.h"

namespace convoy::worker {

using http::H2Counter;
using stats::ServerStat;

http::H2Settings h2SettingsOf(const config::Http2Options& options, const http::H1Settings& rules) {
  http::H2Settings out;
  out.rules = rules;
  out.rules.allow_upgrade = false;
  out.rules.allow_connect = options.allow_connect && rules.allow_connect;
  out.rules.allow_extended_connect = options.allow_connect;
  out.rules.forward_trailers = true;  // only HTTP/1 has to ask for them
  out.max_concurrent_streams = options.max_concurrent_streams;
  out.initial_stream_window = options.initial_stream_window_size;
  out.initial_connection_window = options.initial_connection_window_size;
  out.hpack_table_size = options.hpack_table_size;
  out.max_outbound_frames = options.max_outbound_frames;
  out.max_outbound_control_frames = options.max_outbound_control_frames;
  out.max_consecutive_empty_frames = options.max_consecutive_empty_frames;
  out.max_priority_frames_per_stream = options.max_priority_frames_per_stream;
  out.max_window_updates_per_data_frame = options.max_window_updates_per_data_frame;
  out.stream_error_on_invalid_message = options.stream_error_on_invalid_message;
  out.keepalive_interval_ms = options.keepalive_interval_ms;
  out.keepalive_timeout_ms = options.keepalive_timeout_ms;
  out.keepalive_jitter_percent = options.keepalive_jitter_percent;
  return out;
}

void DownstreamH2Observer::count(H2Counter counter) {
  switch (counter) {
    case H2Counter::PrematureResets:
      return http_.inc(stats::HttpStat::downstream_rq_too_many_premature_resets);
    case H2Counter::GoawaySent:
      return server_.inc(ServerStat::http2_goaway_sent);
    case H2Counter::HeaderOverflow:
      return server_.inc(ServerStat::http2_header_overflow);
    case H2Counter::InboundEmptyFramesFlood:
      return server_.inc(ServerStat::http2_inbound_empty_frames_flood);
    case H2Counter::InboundPriorityFramesFlood:
      return server_.inc(ServerStat::http2_inbound_priority_frames_flood);
    case H2Counter::InboundWindowUpdateFramesFlood:
      return server_.inc(ServerStat::http2_inbound_window_update_frames_flood);
    case H2Counter::KeepaliveTimeout:
      return server_.inc(ServerStat::http2_keepalive_timeout);
    case H2Counter::OutboundControlFlood:
      return server_.inc(ServerStat::http2_outbound_control_flood);
    case H2Counter::OutboundFlood:
      return server_.inc(ServerStat::http2_outbound_flood);
    case H2Counter::RxMessagingError:
      return server_.inc(ServerStat::http2_rx_messaging_error);
    case H2Counter::RxReset:
      return server_.inc(ServerStat::http2_rx_reset);
    case H2Counter::StreamRefusedErrors:
      return server_.inc(ServerStat::http2_stream_refused_errors);
    case H2Counter::Trailers:
      return server_.inc(ServerStat::http2_trailers);
    case H2Counter::TxFlushTimeout:
      return server_.inc(ServerStat::http2_tx_flush_timeout);
    case H2Counter::TxReset:
      return server_.inc(ServerStat::http2_tx_reset);
  }
}

void UpstreamH2Observer::count(H2Counter counter) {
  using stats::ClusterStat;
  switch (counter) {
    case H2Counter::GoawaySent:
      return stats_.inc(ClusterStat::http2_goaway_sent);
    case H2Counter::HeaderOverflow:
      return stats_.inc(ClusterStat::http2_header_overflow);
    case H2Counter::KeepaliveTimeout:
      return stats_.inc(ClusterStat::http2_keepalive_timeout);
    case H2Counter::RxMessagingError:
      return stats_.inc(ClusterStat::http2_rx_messaging_error);
    case H2Counter::RxReset:
      return stats_.inc(ClusterStat::http2_rx_reset);
    case H2Counter::Trailers:
      return stats_.inc(ClusterStat::http2_trailers);
    case H2Counter::TxReset:
      return stats_.inc(ClusterStat::http2_tx_reset);
    case H2Counter::InboundEmptyFramesFlood:
    case H2Counter::InboundPriorityFramesFlood:
    case H2Counter::InboundWindowUpdateFramesFlood:
    case H2Counter::OutboundControlFlood:
    case H2Counter::OutboundFlood:
      return stats_.inc(ClusterStat::http2_flood);
    case H2Counter::PrematureResets:
    case H2Counter::StreamRefusedErrors:
    case H2Counter::TxFlushTimeout:
      return;  // what only clients do
  }
}

}  // namespace convoy::worker
