#include "common/http/h2_limits.h"

#include <algorithm>

namespace convoy::http {

namespace {

// As many as a client may rightly have under way can be cancelled at once, and some all the time.
constexpr uint64_t kResetBurstMin = 100;
constexpr uint64_t kResetsPerSecond = 100;
// A stream that lived longer has been worth its cost (Envoy: premature_reset_min_stream_lifetime).
constexpr uint64_t kPrematureMs = 1000;
constexpr uint64_t kSettingsBurst = 100;
constexpr uint64_t kSettingsPerSecond = 10;
// gRPC libraries measure the bandwidth with a PING for each round trip while data flows.
constexpr uint64_t kPingBurst = 10000;
constexpr uint64_t kPingsPerSecond = 10000;
constexpr uint64_t kFreeWindowUpdates = 5;

}  // namespace

bool TokenBucket::take(uint64_t now_ms) {
  const uint64_t elapsed = now_ms > filled_ms_ ? now_ms - filled_ms_ : 0;
  const uint64_t earned = elapsed * rate_ / 1000;
  if (earned > 0) {
    tokens_ = std::min(burst_, tokens_ + earned);
    filled_ms_ = now_ms;
  }
  if (tokens_ == 0) return false;
  --tokens_;
  return true;
}

H2Limits::H2Limits(const H2Settings& settings)
    : settings_(settings),
      reset_burst_(std::max<uint64_t>(kResetBurstMin, settings.max_concurrent_streams)),
      resets_(reset_burst_, kResetsPerSecond),
      settings_frames_(kSettingsBurst, kSettingsPerSecond),
      pings_(kPingBurst, kPingsPerSecond) {}

H2Limits::Verdict H2Limits::onMessageFrame(bool empty) {
  empty_frames_ = empty ? empty_frames_ + 1 : 0;
  if (empty_frames_ <= settings_.max_consecutive_empty_frames) return {};
  return H2Counter::InboundEmptyFramesFlood;
}

H2Limits::Verdict H2Limits::onPriority() {
  const uint64_t most = settings_.max_priority_frames_per_stream * (1 + streams_);
  if (++priority_frames_ <= most) return {};
  return H2Counter::InboundPriorityFramesFlood;
}

H2Limits::Verdict H2Limits::onWindowUpdate() {
  const uint64_t paid = settings_.max_window_updates_per_data_frame * data_frames_sent_;
  if (++window_updates_ <= kFreeWindowUpdates + 2 * (streams_ + paid)) return {};
  return H2Counter::InboundWindowUpdateFramesFlood;
}

H2Limits::Verdict H2Limits::onSettings(uint64_t now_ms) {
  if (settings_frames_.take(now_ms)) return {};
  return H2Counter::OutboundControlFlood;
}

H2Limits::Verdict H2Limits::onPing(uint64_t now_ms) {
  if (pings_.take(now_ms)) return {};
  return H2Counter::OutboundControlFlood;
}

H2Limits::Verdict H2Limits::onReset(uint64_t now_ms, uint64_t age_ms, bool answered) {
  if (answered || age_ms >= kPrematureMs || resets_.take(now_ms)) return {};
  return H2Counter::PrematureResets;
}

H2Limits::Verdict H2Limits::onQueued(size_t frames) const {
  if (frames <= settings_.max_outbound_frames) return {};
  return H2Counter::OutboundFlood;
}

}  // namespace convoy::http
