#include "common/http/h2_session.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <nghttp2/nghttp2.h>
#include <utility>

#include "common/base/check.h"

namespace convoy::http {

namespace {

// What a stream may have waiting before its producer is told to stop, and when it may go on.
constexpr size_t kQueueHigh = 64 * 1024;
constexpr size_t kQueueLow = 16 * 1024;
constexpr size_t kFrameHead = 9;
// Data above this goes straight from the caller's octets: a copy costs more than a turn of nghttp2.
constexpr size_t kCopyMost = 4 * 1024;
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

ResetReason reasonOf(uint32_t code) {
  if (code == NGHTTP2_REFUSED_STREAM) return ResetReason::Refused;
  return code == NGHTTP2_PROTOCOL_ERROR ? ResetReason::ProtocolError : ResetReason::RemoteReset;
}

nghttp2_nv field(std::string_view name, std::string_view value, uint8_t flags) {
  const auto octets = [](std::string_view s) {
    return const_cast<uint8_t*>(reinterpret_cast<const uint8_t*>(s.data()));
  };
  return {octets(name), octets(value), name.size(), value.size(), flags};
}

std::string_view text(const uint8_t* octets, size_t size) {
  return {reinterpret_cast<const char*>(octets), size};
}

}  // namespace

// What nghttp2 calls.
struct H2Session::Nghttp2 {
  static H2Session& self(void* user) { return *static_cast<H2Session*>(user); }
  static int onBeginFrame(nghttp2_session*, const nghttp2_frame_hd* head, void* user) {
    H2Session& own = self(user);
    own.consumed_ += kFrameHead + head->length;
    H2Stream* const stream = own.streamOf(head->stream_id);
    if (stream != nullptr) {
      stream->wire_.received += kFrameHead + head->length;
    }
    if (head->type != NGHTTP2_CONTINUATION) own.head_wire_ = 0;
    own.head_wire_ += kFrameHead + head->length;
    if (head->type == NGHTTP2_HEADERS && stream == nullptr && !own.known(head->stream_id)) {
      own.judgeClosed(head->stream_id, true);
    }
    H2Limits::Verdict verdict;
    const bool ends = (head->flags & NGHTTP2_FLAG_END_STREAM) != 0;
    switch (head->type) {
      case NGHTTP2_DATA:
      case NGHTTP2_HEADERS:
        verdict = own.limits_.onMessageFrame(head->length == 0 && !ends);
        break;
      case NGHTTP2_CONTINUATION:
        verdict = own.limits_.onMessageFrame(head->length == 0);
        break;
      case NGHTTP2_PRIORITY:
        verdict = own.limits_.onPriority();
        break;
      case NGHTTP2_WINDOW_UPDATE:
        verdict = own.limits_.onWindowUpdate();
        break;
      case NGHTTP2_SETTINGS:
        verdict = own.limits_.onSettings(own.env_.loop.nowMs());
        break;
      case NGHTTP2_PING:
        verdict = own.limits_.onPing(own.env_.loop.nowMs());
        break;
      default:
        break;
    }
    if (verdict) own.flooded(*verdict);
    return 0;
  }

  static int onBeginHeaders(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    H2Session& own = self(user);
    if (frame->hd.type != NGHTTP2_HEADERS) return 0;
    own.head_id_ = frame->hd.stream_id;
    own.fields().clear();
    if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) own.onHeadBegins();
    return 0;
  }

  static int onHeader(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name,
                      size_t name_size, const uint8_t* value, size_t value_size, uint8_t,
                      void* user) {
    H2Session& own = self(user);
    if (frame->hd.stream_id != own.head_id_) return 0;
    H2Fields& fields = own.fields();
    const bool before = fields.overflowed();
    if (!fields.add(text(name, name_size), text(value, value_size), own.settings_.rules) &&
        !before) {
      own.count(H2Counter::HeaderOverflow);
    }
    return 0;
  }

  static int onInvalidHeader(nghttp2_session*, const nghttp2_frame*, const uint8_t*, size_t,
                             const uint8_t*, size_t, uint8_t, void*) {
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;  // the stream ends; nothing is skipped
  }

  static int onInvalidFrame(nghttp2_session*, const nghttp2_frame* frame, int error, void* user) {
    H2Session& own = self(user);
    if (frame->hd.stream_id == own.head_id_) own.endHead();
    if (error == NGHTTP2_ERR_REFUSED_STREAM) {
      own.count(H2Counter::StreamRefusedErrors);
      return 0;
    }
    if (error != NGHTTP2_ERR_HTTP_HEADER && error != NGHTTP2_ERR_HTTP_MESSAGING) return 0;
    own.count(H2Counter::RxMessagingError);
    if (!own.settings_.stream_error_on_invalid_message) {
      own.terminated_ = true;
      nghttp2_session_terminate_session(own.session_, NGHTTP2_PROTOCOL_ERROR);
    }
    return 0;
  }

  static int onData(nghttp2_session* session, uint8_t, int32_t id, const uint8_t* data, size_t size,
                    void* user) {
    H2Session& own = self(user);
    H2Stream* stream = own.streamOf(id);
    if (stream == nullptr || stream->resetting_ || own.stopped_) {
      nghttp2_session_consume_connection(session, size);
      return 0;
    }
    if (StreamDecoder* decoder = stream->decoder()) decoder->onData(text(data, size), false);
    if (stream->resetting_) {
      nghttp2_session_consume_connection(session, size);
    } else if (stream->paused_ > 0) {
      stream->unconsumed_ += size;
    } else {
      nghttp2_session_consume(session, id, size);
    }
    return 0;
  }

  static int onFrame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    H2Session& own = self(user);
    if (own.stopped_ || own.terminated_) return 0;
    H2Stream* stream = own.streamOf(frame->hd.stream_id);
    const bool end = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    switch (frame->hd.type) {
      case NGHTTP2_HEADERS:
        own.headReceived(stream, frame->hd.stream_id, end);
        break;
      case NGHTTP2_DATA:
        if (!end || stream == nullptr) break;
        stream->remote_ended_ = true;
        if (!stream->resetting_) own.onEnd(*stream);
        break;
      case NGHTTP2_RST_STREAM:
        own.count(H2Counter::RxReset);
        if (stream != nullptr) stream->reset_received_ = true;
        if (stream == nullptr || !own.server_) break;
        if (const auto verdict = own.limits_.onReset(own.env_.loop.nowMs(),
                                                     own.env_.loop.nowMs() - stream->opened_ms_,
                                                     stream->head_sent_)) {
          own.flooded(*verdict);
        }
        break;
      case NGHTTP2_SETTINGS:
        if ((frame->hd.flags & NGHTTP2_FLAG_ACK) == 0) own.onPeerSettings();
        break;
      case NGHTTP2_PING:
        if ((frame->hd.flags & NGHTTP2_FLAG_ACK) != 0) own.pingAnswered(frame->ping.opaque_data);
        break;
      case NGHTTP2_GOAWAY:
        own.go_away_received_ = true;
        break;
      default:
        break;
    }
    return 0;
  }

  static int onSent(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
    H2Session& own = self(user);
    const uint8_t type = frame->hd.type;
    if (type == NGHTTP2_GOAWAY) own.goAwaySent();
    if (type == NGHTTP2_RST_STREAM) own.count(H2Counter::TxReset);
    if (type == NGHTTP2_DATA) own.limits_.dataFrameSent();
    H2Stream* stream = own.streamOf(frame->hd.stream_id);
    if (stream == nullptr) return 0;
    stream->wire_.sent += kFrameHead + frame->hd.length;
    if (type != NGHTTP2_DATA && type != NGHTTP2_HEADERS) return 0;
    stream->head_sent_ = true;
    if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return 0;
    stream->local_ended_ = true;
    // Answered before it had sent all: nobody wants the rest (RFC 9113 section 8.1).
    if (own.server_ && !stream->remote_ended_ && !stream->resetting_) {
      nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_NO_ERROR);
    }
    return 0;
  }

  static int onStreamClose(nghttp2_session* session, int32_t id, uint32_t code, void* user) {
    H2Session& own = self(user);
    if (id == own.head_id_) own.endHead();
    H2Stream* stream = own.streamOf(id);
    if (stream == nullptr) return 0;
    nghttp2_session_set_stream_user_data(session, id, nullptr);
    stream->closed_ = true;
    if (stream->unconsumed_ > 0) nghttp2_session_consume_connection(session, stream->unconsumed_);
    if (stream->remote_ended_ || stream->reset_received_) {
      own.ended_by_peer_.add(id);
    } else {
      own.reset_by_us_.add(id);
    }
    const bool clean = code == NGHTTP2_NO_ERROR && stream->local_ended_;
    std::unique_ptr<H2Stream> kept = own.remove(*stream);
    if (!own.stopped_) own.onClosed(*kept, clean, reasonOf(code));
    kept->out_.clear();
    own.buried_.push_back(std::move(kept));
    return 0;
  }

  static ssize_t readSource(nghttp2_session* session, int32_t id, uint8_t*, size_t size,
                            uint32_t* flags, nghttp2_data_source* source, void*) {
    auto& stream = *static_cast<H2Stream*>(source->ptr);
    const size_t n = std::min(size, stream.queued());
    const bool last = stream.out_end_ && n == stream.queued();
    if (n == 0 && !last) {
      stream.deferred_ = true;
      return NGHTTP2_ERR_DEFERRED;
    }
    *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    if (!last) return static_cast<ssize_t>(n);
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    const HeaderMap* trailers =
        stream.direct_trailers_ != nullptr ? stream.direct_trailers_ : stream.trailers_.get();
    if (trailers != nullptr) {
      *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
      nghttp2_nv* const nva = fieldsToSend(trailers->size());
      nghttp2_nv* at = nva;
      for (const HeaderEntry& entry : *trailers) {
        *at++ = field(entry.name, entry.value, NGHTTP2_NV_FLAG_NONE);
      }
      nghttp2_submit_trailer(session, id, nva, trailers->size());
      stream.trailers_sent_ = true;
    }
    return static_cast<ssize_t>(n);
  }

  static int sendData(nghttp2_session*, nghttp2_frame*, const uint8_t* head, size_t size,
                      nghttp2_data_source* source, void* user) {
    H2Session& own = self(user);
    auto& stream = *static_cast<H2Stream*>(source->ptr);
    std::string_view before = text(head, kFrameHead);
    while (size > 0) {
      std::string_view run = stream.nextRun();
      run = run.substr(0, size);
      if (before.empty()) {
        own.env_.sink.write(run);
      } else {
        own.env_.sink.write(before, run);
      }
      before = {};
      size -= run.size();
      stream.drained(run.size());
    }
    if (!before.empty()) own.env_.sink.write(before);
    return 0;
  }

  // Places for so many.
  static nghttp2_nv* fieldsToSend(size_t count) {
    static std::vector<nghttp2_nv> nva;
    if (nva.size() < count) nva.resize(count);
    return nva.data();
  }

  static nghttp2_mem* memory() {
    static nghttp2_mem memory{
        nullptr, [](size_t size, void*) { return base::takeBlock(size); },
        [](void* piece, void*) { base::giveBlock(piece); },
        [](size_t count, size_t each, void*) {
          void* piece = base::takeBlock(count * each);  // nghttp2's are small
          if (piece != nullptr) std::memset(piece, 0, count * each);
          return piece;
        },
        [](void* piece, size_t size, void*) { return base::resizeBlock(piece, size); }};
    return &memory;
  }

  static nghttp2_session_callbacks* callbacks() {
    nghttp2_session_callbacks* c = nullptr;
    nghttp2_session_callbacks_new(&c);
    nghttp2_session_callbacks_set_on_begin_frame_callback(c, onBeginFrame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(c, onBeginHeaders);
    nghttp2_session_callbacks_set_on_header_callback(c, onHeader);
    nghttp2_session_callbacks_set_on_invalid_header_callback(c, onInvalidHeader);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(c, onInvalidFrame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(c, onData);
    nghttp2_session_callbacks_set_on_frame_recv_callback(c, onFrame);
    nghttp2_session_callbacks_set_on_frame_send_callback(c, onSent);
    nghttp2_session_callbacks_set_on_stream_close_callback(c, onStreamClose);
    nghttp2_session_callbacks_set_send_data_callback(c, sendData);
    return c;
  }
};

// --- H2Stream ---

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

// --- H2Session ---

H2Session::H2Session(const H2Env& env, const H2Settings& settings, bool server)
    : env_(env),
      settings_(settings),
      server_(server),
      limits_(settings),
      watch_(NGHTTP2_CLIENT_MAGIC_LEN) {
  static nghttp2_session_callbacks* const callbacks = Nghttp2::callbacks();
  nghttp2_option* option = nullptr;
  nghttp2_option_new(&option);
  nghttp2_option_set_no_auto_window_update(option, 1);
  nghttp2_option_set_no_closed_streams(option, 1);
  nghttp2_option_set_max_deflate_dynamic_table_size(option, settings.hpack_table_size);
  nghttp2_option_set_max_outbound_ack(option, settings.max_outbound_control_frames);
  nghttp2_option_set_max_settings(option, H2Limits::kMaxSettingsEntries);
  nghttp2_option_set_max_continuations(option, H2Limits::kMaxContinuations);
  nghttp2_option_set_peer_max_concurrent_streams(option, 100);
  // Ours comes first and knows which resets cost something.
  nghttp2_option_set_stream_reset_rate_limit(option, 1000000, 1000000);
  if (server) {
    nghttp2_session_server_new3(&session_, callbacks, this, option, Nghttp2::memory());
  } else {
    nghttp2_session_client_new3(&session_, callbacks, this, option, Nghttp2::memory());
  }
  nghttp2_option_del(option);
}

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

bool H2Session::submitHead(H2Stream& stream, std::span<const RawField> pseudo,
                           const HeaderMap& headers, std::string_view content_length, bool end,
                           bool informational) {
  nghttp2_nv* const nva = Nghttp2::fieldsToSend(pseudo.size() + headers.size() + 1);
  nghttp2_nv* at = nva;
  for (const RawField& own : pseudo) *at++ = field(own.name, own.value, NGHTTP2_NV_FLAG_NONE);
  for (const HeaderEntry& entry : headers) {
    const bool secret = entry.id == HeaderId::Authorization;
    *at++ =
        field(entry.name, entry.value, secret ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE);
  }
  if (!content_length.empty()) {
    *at++ = field("content-length", content_length, NGHTTP2_NV_FLAG_NONE);
  }
  const auto size = static_cast<size_t>(at - nva);
  nghttp2_data_provider source{};
  source.source.ptr = &stream;
  source.read_callback = Nghttp2::readSource;
  const nghttp2_data_provider* body = end ? nullptr : &source;
  int32_t result = 0;
  if (!server_) {
    result = nghttp2_submit_request(session_, nullptr, nva, size, body, &stream);
    if (result > 0) stream.id_ = result;
  } else if (informational) {
    result = nghttp2_submit_headers(session_, NGHTTP2_FLAG_NONE, stream.id_, nullptr, nva, size,
                                    nullptr);
  } else {
    result = nghttp2_submit_response(session_, stream.id_, nva, size, body);
  }
  if (end) stream.out_end_ = true;
  return result >= 0;
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
