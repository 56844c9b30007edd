// What both sides' streams have: what waits to be sent, and its producer.
#include <nghttp2/nghttp2.h>
#include <utility>

#include "common/base/block_lists.h"
#include "common/base/check.h"
#include "common/http/h2_session.h"

namespace convoy::http {

namespace {

// What a stream may have waiting before its producer is told to stop, and when it may go on.
constexpr size_t kQueueHigh = 64 * 1024;
constexpr size_t kQueueLow = 16 * 1024;
// Data above this goes straight from the caller's octets: a copy costs more than a turn of nghttp2.
constexpr size_t kCopyMost = 4 * 1024;

}  // namespace

void* H2Stream::operator new(size_t size) {
  void* piece = base::takeBlock(size);
  CHECK(piece != nullptr);
  return piece;
}

void H2Stream::queueData(std::string_view data, bool end) {
  if (closed_ || resetting_ || out_end_) return;
  out_end_ = end;
  // More follows, most likely in this event: the rest of a message, or its trailers.
  const bool soon = !end && data.size() <= kCopyMost;
  // Straight from the caller's octets where nothing is in the way.
  const bool direct = !soon && !session_.busy_ && !session_.sink_full_ && out_.empty();
  if (direct) {
    direct_ = data;
  } else {
    out_.append(data);
  }
  if (std::exchange(deferred_, false)) nghttp2_session_resume_data(session_.session_, id_);
  soon ? session_.flushSoon() : session_.flush();
  if (direct && !direct_.empty()) out_.append(std::exchange(direct_, {}));
  if (full_ || closed_ || out_.size() <= kQueueHigh) return;
  full_ = true;
  if (StreamDecoder* own = decoder()) own->onEncoderFull(true);
}

void H2Stream::drained(size_t size) {
  if (!direct_.empty()) {
    direct_.remove_prefix(size);
    return;
  }
  out_.drain(size);
  if (!full_ || out_.size() > kQueueLow) return;
  full_ = false;
  if (StreamDecoder* own = resetting_ ? nullptr : decoder()) own->onEncoderFull(false);
}

void H2Stream::queueTrailers(const HeaderMap& trailers) {
  if (closed_ || resetting_ || out_end_) return;
  if (trailers.empty()) {
    queueData({}, true);
    return;
  }
  session_.count(H2Counter::Trailers);
  direct_trailers_ = &trailers;
  queueData({}, true);
  // Not gone yet: they are the caller's.
  direct_trailers_ = nullptr;
  if (!closed_ && !trailers_sent_) trailers_ = std::make_unique<HeaderMap>(trailers);
}

void H2Stream::pause(bool disable) {
  if (disable) {
    ++paused_;
    return;
  }
  DCHECK(paused_ > 0);
  if (--paused_ > 0 || closed_ || unconsumed_ == 0) return;
  nghttp2_session_consume(session_.session_, id_, std::exchange(unconsumed_, 0));
  session_.flush();
}

void H2Stream::abort(ResetReason reason) {
  forget();
  session_.resetStream(*this, reason);
}

}  // namespace convoy::http
