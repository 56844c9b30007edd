#include "common/http/h2_session.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <nghttp2/nghttp2.h>
#include <utility>

#include "common/base/check.h"

namespace convoy::http {

namespace {

constexpr std::array<uint8_t, 8> kDrainPing{'d', 'r', 'a', 'i', 'n', 0, 0, 0};
constexpr std::array<uint8_t, 8> kAlivePing{'a', 'l', 'i', 'v', 'e', 0, 0, 0};

// The head that is being decoded, of whichever session decodes one now: a head that has come whole
// costs a session no memory of its own.
H2Fields& sharedFields() {
  static H2Fields fields;
  return fields;
}

uint32_t codeOf(ResetReason reason, bool server) {
  switch (reason) {
    case ResetReason::ProtocolError:
      return NGHTTP2_PROTOCOL_ERROR;
    case ResetReason::Refused:
    case ResetReason::Overflow:
      return NGHTTP2_REFUSED_STREAM;
    default:
      return server ? NGHTTP2_INTERNAL_ERROR : NGHTTP2_CANCEL;
  }
}

std::string_view text(const uint8_t* octets, size_t size) {
  return {reinterpret_cast<const char*>(octets), size};
}

}  // namespace

H2Session::H2Session(const H2Env& env, const H2Settings& settings, bool server)
    : env_(env),
      settings_(settings),
      server_(server),
      session_(makeSession()),
      limits_(settings),
      watch_(NGHTTP2_CLIENT_MAGIC_LEN) {}

H2Session::~H2Session() {
  env_.loop.poller().forget(later_);
  nghttp2_session_del(session_);
}

void H2Session::open() {
  std::array<nghttp2_settings_entry, 5> entries;
  size_t n = 0;
  const auto add = [&](int32_t id, uint32_t value) { entries[n++] = {id, value}; };
  if (server_) {
    add(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, settings_.max_concurrent_streams);
    if (settings_.rules.allow_extended_connect) add(NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1);
  } else {
    add(NGHTTP2_SETTINGS_ENABLE_PUSH, 0);
  }
  add(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, settings_.initial_stream_window);
  add(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<uint32_t>(settings_.rules.max_head_bytes));
  if (settings_.hpack_table_size != 4096) {
    add(NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, settings_.hpack_table_size);
  }
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, entries.data(), n);
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0,
                                        static_cast<int32_t>(settings_.initial_connection_window));
  armKeepalive();
}

void H2Session::receive(std::string_view bytes) {
  if (over_ || stopped_) return;
  DCHECK(!busy_);
  buried_.clear();
  if (server_) {
    feedWatched(bytes);
  } else {
    feed(bytes);
  }
  if (head_id_ != 0) stashFields();
  flush();
}

void H2Session::feed(std::string_view bytes) {
  busy_ = true;
  const ssize_t used = nghttp2_session_mem_recv(
      session_, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  busy_ = false;
  if (used < 0) fatal(static_cast<int>(used));
}

void H2Session::feedWatched(std::string_view bytes) {
  const auto open = [this](int32_t id) {
    return id > nghttp2_session_get_last_proc_stream_id(session_) || known(id);
  };
  watch_.readBegins();
  while (!bytes.empty() && !terminated_) {
    H2FrameWatch::DataHead head;
    const size_t size = watch_.next(bytes, open, head);
    feed(bytes.substr(0, size));
    bytes.remove_prefix(size);
    if (head.stream != 0 && !terminated_ && !open(head.stream)) judgeData(head);
  }
}

// nghttp2 drops it and calls nobody.
void H2Session::judgeData(const H2FrameWatch::DataHead& head) {
  judgeClosed(head.stream, false);
  if (const auto verdict = limits_.onMessageFrame(head.empty)) flooded(*verdict);
}

void H2Session::sendFrames() {
  busy_ = true;
  while (!sink_full_ && !stopped_) {
    const uint8_t* data = nullptr;
    const ssize_t n = nghttp2_session_mem_send(session_, &data);
    if (n <= 0) {
      if (n < 0) terminated_ = true;
      break;
    }
    env_.sink.write(text(data, static_cast<size_t>(n)));
  }
  busy_ = false;
}

void H2Session::flush() {
  if (busy_ || over_ || stopped_) return;
  sendFrames();
  if (stopped_) return;
  if (const auto verdict = limits_.onQueued(nghttp2_session_get_outbound_queue_size(session_));
      verdict && !terminated_) {
    flooded(*verdict);
  }
  turnEnds();
}

void H2Session::flushSoon() {
  if (busy_ || over_ || stopped_) return;
  env_.loop.poller().again(later_, EPOLLOUT);
}

void H2Session::turnEnds() {
  const bool ended = terminated_ || (nghttp2_session_want_read(session_) == 0 &&
                                     nghttp2_session_want_write(session_) == 0);
  if (!ended || over_) return;
  over_ = true;
  keepalive_timer_.cancel();
  endStreams(ResetReason::ConnectionTermination);
  onOver(terminated_);
}

// Those that the session's end leaves behind.
void H2Session::endStreams(ResetReason reason) {
  while (!streams_.empty()) {
    H2Stream& stream = *streams_.back();
    if (stream.id_ > 0) nghttp2_session_set_stream_user_data(session_, stream.id_, nullptr);
    stream.closed_ = true;
    std::unique_ptr<H2Stream> kept = remove(stream);
    onClosed(*kept, false, reason);
    buried_.push_back(std::move(kept));
  }
}

void H2Session::sinkFull(bool full) {
  sink_full_ = full;
  if (!full) flush();
}

void H2Session::abandon(ResetReason reason) {
  if (over_) return;
  over_ = true;
  stopSession();
  endStreams(reason);
}

void H2Session::stopSession() {
  stopped_ = true;
  keepalive_timer_.cancel();
}

void H2Session::terminate(uint32_t code) {
  if (terminated_) return;
  terminated_ = true;
  nghttp2_session_terminate_session(session_, code);
}

// A frame on a stream that is no more: an error, unless we reset it and the peer cannot have known
// (RFC 9113 section 5.1).
void H2Session::judgeClosed(int32_t id, bool head) {
  if (!server_ || id > nghttp2_session_get_last_proc_stream_id(session_)) return;
  if (ended_by_peer_.has(id)) return terminate(NGHTTP2_STREAM_CLOSED);
  const bool skipped = !reset_by_us_.has(id) && !reset_by_us_.forgot() && !ended_by_peer_.forgot();
  if (head && skipped) terminate(NGHTTP2_PROTOCOL_ERROR);
}

void H2Session::flooded(H2Counter counter) {
  if (terminated_) return;
  count(counter);
  terminated_ = true;
  nghttp2_session_terminate_session(session_, NGHTTP2_ENHANCE_YOUR_CALM);
}

void H2Session::fatal(int error) {
  if (terminated_) return;
  if (error == NGHTTP2_ERR_FLOODED) return flooded(H2Counter::OutboundControlFlood);
  if (error == NGHTTP2_ERR_TOO_MANY_CONTINUATIONS) return flooded(H2Counter::HeaderOverflow);
  if (error == NGHTTP2_ERR_BAD_CLIENT_MAGIC) count(H2Counter::RxMessagingError);
  terminated_ = true;
  nghttp2_session_terminate_session(
      session_, error == NGHTTP2_ERR_NOMEM ? NGHTTP2_INTERNAL_ERROR : NGHTTP2_PROTOCOL_ERROR);
}

// --- going away ---

void H2Session::drainGracefully() {
  if (state_ != State::Open || over_) return;
  state_ = State::Noticed;
  nghttp2_submit_shutdown_notice(session_);
  flush();
}

void H2Session::goAwaySent() {
  count(H2Counter::GoawaySent);
  // What the client sent before it knew of the notice comes before its answer to this.
  if (state_ == State::Noticed) {
    nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, kDrainPing.data());
  }
}

void H2Session::finishGoAway() {
  if (state_ == State::GoingAway) return;
  state_ = State::GoingAway;
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE,
                        nghttp2_session_get_last_proc_stream_id(session_), NGHTTP2_NO_ERROR,
                        nullptr, 0);
}

void H2Session::goAwayNow() {
  if (over_ || stopped_ || busy_) return;
  finishGoAway();
  sendFrames();
}

void H2Session::pingAnswered(const uint8_t* opaque) {
  if (state_ == State::Noticed && std::memcmp(opaque, kDrainPing.data(), 8) == 0) finishGoAway();
  if (ping_pending_ && std::memcmp(opaque, kAlivePing.data(), 8) == 0) {
    ping_pending_ = false;
    armKeepalive();
  }
}

void H2Session::armKeepalive() {
  const uint64_t interval = settings_.keepalive_interval_ms;
  if (interval == 0) return;
  // Apart from those of other connections that began together (Envoy: interval_jitter).
  const uint64_t most = interval * settings_.keepalive_jitter_percent / 100;
  keepalive_timer_.set(env_.loop.wheel(), interval + env_.loop.nowUs() % (most + 1));
}

void H2Session::onKeepalive() {
  if (over_ || stopped_) return;
  if (ping_pending_) {
    count(H2Counter::KeepaliveTimeout);
    terminated_ = true;
    nghttp2_session_terminate_session(session_, NGHTTP2_NO_ERROR);
    flush();
    return;
  }
  ping_pending_ = true;
  nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, kAlivePing.data());
  keepalive_timer_.set(env_.loop.wheel(), settings_.keepalive_timeout_ms);
  flush();
}

// --- heads ---

H2Fields& H2Session::fields() {
  return fields_ != nullptr ? *fields_ : sharedFields();
}

void H2Session::stashFields() {
  if (fields_ == nullptr) {
    fields_ = std::make_unique<H2Fields>(std::exchange(sharedFields(), H2Fields{}));
  }
}

void H2Session::endHead() {
  head_id_ = 0;
  fields_.reset();
}

void H2Session::headReceived(H2Stream* stream, int32_t id, bool end) {
  if (id != head_id_) return;
  head_id_ = 0;
  const std::unique_ptr<H2Fields> own = std::move(fields_);
  const H2Fields& fields = own != nullptr ? *own : sharedFields();
  if (stream == nullptr) {
    if (server_) onHead(nullptr, id, fields, end);
    return;
  }
  if (end) stream->remote_ended_ = true;
  if (stream->resetting_ || stream->decoder() == nullptr) return;
  if (stream->head_received_) {
    onTrailerFields(*stream, fields);
  } else {
    onHead(stream, id, fields, end);
  }
}

// --- streams ---

H2Stream* H2Session::streamOf(int32_t id) {
  if (id == found_id_) return found_;
  found_ = id == 0 ? nullptr
                   : static_cast<H2Stream*>(nghttp2_session_get_stream_user_data(session_, id));
  found_id_ = found_ == nullptr ? 0 : id;
  return found_;
}

// nghttp2 knows it.
bool H2Session::known(int32_t id) {
  return streamOf(id) != nullptr || nghttp2_session_find_stream(session_, id) != nullptr;
}

H2Stream& H2Session::add(std::unique_ptr<H2Stream> stream, int32_t id) {
  stream->id_ = id;
  stream->index_ = static_cast<uint32_t>(streams_.size());
  stream->opened_ms_ = env_.loop.nowMs();
  streams_.push_back(std::move(stream));
  limits_.streamOpened();
  if (server_) streams_.back()->wire_.received = head_wire_;
  if (id > 0) nghttp2_session_set_stream_user_data(session_, id, streams_.back().get());
  return *streams_.back();
}

std::unique_ptr<H2Stream> H2Session::remove(H2Stream& stream) {
  if (found_ == &stream) {
    found_ = nullptr;
    found_id_ = 0;
  }
  const uint32_t index = stream.index_;
  std::unique_ptr<H2Stream> kept = std::move(streams_[index]);
  if (index + 1 != streams_.size()) {
    streams_[index] = std::move(streams_.back());
    streams_[index]->index_ = index;
  }
  streams_.pop_back();
  return kept;
}

void H2Session::discard(H2Stream& stream) {
  stream.closed_ = true;
  buried_.push_back(remove(stream));
}

void H2Session::resetStream(H2Stream& stream, ResetReason reason) {
  flush();  // a head that waits for its data
  if (stream.closed_ || stream.resetting_) return;
  stream.resetting_ = true;
  if (over_ || stopped_) return;
  if (stream.id_ < 0) {
    discard(stream);
    return;
  }
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream.id_, codeOf(reason, server_));
  flush();
}

uint32_t H2Session::peerMaxStreams() const {
  return nghttp2_session_get_remote_settings(session_, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
}

bool H2Session::peerTakesUpgrades() const {
  return nghttp2_session_get_remote_settings(session_, NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL) ==
         1;
}

}  // namespace convoy::http
