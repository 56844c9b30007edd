// h2_limits: how many frames of each kind a peer may make us handle before its connection ends with
// ENHANCE_YOUR_CALM (security.md section 4, RFC 9113 section 10.5). Frames that carry a request or
// its data pay for themselves; this counts the others. What nghttp2 counts itself (CONTINUATION,
// queued acknowledgements, entries of a SETTINGS frame) gets its limits from here too.
// Part of a session (h2_session); its loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "common/http/h2_settings.h"

namespace convoy::http {

// Filled at `rate` a second up to `burst`; each event takes one.
class TokenBucket {
 public:
  TokenBucket(uint64_t burst, uint64_t rate) : burst_(burst), rate_(rate), tokens_(burst) {}
  bool take(uint64_t now_ms);

 private:
  uint64_t burst_, rate_, tokens_;
  uint64_t filled_ms_ = 0;
};

class H2Limits {
 public:
  using Verdict = std::optional<H2Counter>;  // the limit that was passed
  static constexpr size_t kMaxContinuations = 8;
  static constexpr size_t kMaxSettingsEntries = 32;

  explicit H2Limits(const H2Settings& settings);

  void streamOpened() { ++streams_; }
  void dataFrameSent() { ++data_frames_sent_; }
  // HEADERS, CONTINUATION or DATA; `empty`: no payload and not the end of its stream.
  Verdict onMessageFrame(bool empty);
  Verdict onPriority();
  Verdict onWindowUpdate();
  Verdict onSettings(uint64_t now_ms);
  Verdict onPing(uint64_t now_ms);
  // The peer reset a stream `age_ms` after it opened it. `answered`: it had the head of its answer.
  Verdict onReset(uint64_t now_ms, uint64_t age_ms, bool answered);
  // Frames that wait for a peer that does not read.
  Verdict onQueued(size_t frames) const;

  uint64_t resetBurst() const { return reset_burst_; }

 private:
  const H2Settings& settings_;
  uint64_t reset_burst_;
  uint64_t streams_ = 0;
  uint64_t data_frames_sent_ = 0;
  uint64_t priority_frames_ = 0;
  uint64_t window_updates_ = 0;
  uint32_t empty_frames_ = 0;
  TokenBucket resets_;
  TokenBucket settings_frames_;
  TokenBucket pings_;
};

}  // namespace convoy::http
