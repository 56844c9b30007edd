// The seam to nghttp2: how a session is made, what nghttp2 calls, where its memory comes from, and
// fields in its form.
#include <algorithm>
#include <cstring>
#include <nghttp2/nghttp2.h>
#include <utility>

#include "common/base/block_lists.h"
#include "common/http/h2_session.h"

namespace convoy::http {

namespace {

constexpr size_t kFrameHead = 9;

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

// A name that we know needs no copy. What is secret must not go into a table of HPACK (RFC 7541
// section 7.1.3), and what is new with each request is of no use there: a few dozen would drive all
// others out.
nghttp2_nv field(const HeaderEntry& entry) {
  const bool indexed = entry.id != HeaderId::Authorization && entry.id != HeaderId::XRequestId;
  const int flags = indexed ? NGHTTP2_NV_FLAG_NONE : NGHTTP2_NV_FLAG_NO_INDEX;
  if (entry.id == HeaderId::Unknown) {
    return field(entry.name, entry.value, static_cast<uint8_t>(flags));
  }
  return field(headerName(entry.id), entry.value,
               static_cast<uint8_t>(flags | NGHTTP2_NV_FLAG_NO_COPY_NAME));
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
        *at++ = field(entry);
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

nghttp2_session* H2Session::makeSession() {
  static nghttp2_session_callbacks* const callbacks = Nghttp2::callbacks();
  nghttp2_session* session = nullptr;
  nghttp2_option* option = nullptr;
  nghttp2_option_new(&option);
  nghttp2_option_set_no_auto_window_update(option, 1);
  nghttp2_option_set_no_closed_streams(option, 1);
  nghttp2_option_set_max_deflate_dynamic_table_size(option, settings_.hpack_table_size);
  nghttp2_option_set_max_outbound_ack(option, settings_.max_outbound_control_frames);
  nghttp2_option_set_max_settings(option, H2Limits::kMaxSettingsEntries);
  nghttp2_option_set_max_continuations(option, H2Limits::kMaxContinuations);
  nghttp2_option_set_peer_max_concurrent_streams(option, 100);
  // Ours comes first and knows which resets cost something.
  nghttp2_option_set_stream_reset_rate_limit(option, 1000000, 1000000);
  if (server_) {
    nghttp2_session_server_new3(&session, callbacks, this, option, Nghttp2::memory());
  } else {
    nghttp2_session_client_new3(&session, callbacks, this, option, Nghttp2::memory());
  }
  nghttp2_option_del(option);
  return session;
}

bool H2Session::submitHead(H2Stream& stream, std::span<const RawField> pseudo,
                           const HeaderMap& headers, std::string_view content_length, bool end,
                           bool informational) {
  nghttp2_nv* const nva = Nghttp2::fieldsToSend(pseudo.size() + headers.size() + 1);
  nghttp2_nv* at = nva;
  // Pseudo names are literals.
  for (const RawField& own : pseudo) {
    *at++ = field(own.name, own.value, NGHTTP2_NV_FLAG_NO_COPY_NAME);
  }
  for (const HeaderEntry& entry : headers) *at++ = field(entry);
  if (!content_length.empty()) {
    *at++ = field("content-length", content_length, NGHTTP2_NV_FLAG_NO_COPY_NAME);
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

}  // namespace convoy::http
