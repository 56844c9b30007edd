// codec: the contract between the wire formats (HTTP/1 and HTTP/2) and the streams. A
// decoder is what a codec calls with what it read; an encoder is what a stream calls to write.
// Worker loop.
//
//   downstream bytes --> ServerCodec --> RequestDecoder (worker/http/stream)
//                        ResponseEncoder <-- stream
//   upstream bytes   --> ClientCodec --> ResponseDecoder (worker/upstream attempt)
//                        RequestEncoder <-- attempt
//
// Order of calls to a decoder: onHeaders, onData*, onTrailers?; `end` is true on the last of them.
// onReset may come at any time and is the last. A decoder may call its encoder, and destroy nothing
// but through deferDelete, from inside any of these.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/arena.h"
#include "common/http/header_map.h"

namespace convoy::http {

enum class ResetReason : uint8_t {
  LocalReset,
  RemoteReset,        // the peer reset the stream or the connection
  ConnectionFailure,  // could not connect
  ConnectionTimeout,
  ConnectionTermination,  // EOF before the message was complete
  ProtocolError,
  Overflow,   // circuit breaker
  Refused,    // HTTP/2: the peer has not looked at the request, so it may be sent again
  NoTunnels,  // HTTP/2: the peer takes no upgrades (RFC 8441): nothing was sent
};

// Octets of one stream's frames on a connection that carries several.
struct StreamWire {
  uint64_t received = 0;
  uint64_t sent = 0;
};

class StreamEncoder {
 public:
  virtual ~StreamEncoder() = default;
  virtual void encodeData(std::string_view data, bool end) = 0;
  virtual void encodeTrailers(const HeaderMap& trailers) = 0;  // ends the stream
  // Data goes to the wire as it is, so that it may go there without us (net::Relay). After the
  // head.
  virtual bool raw() const = 0;
  // Went there.
  virtual void encodeRelayed(size_t size, bool end) = 0;
  // Stop reading this stream's message from the peer (true) or go on (false). Counted.
  virtual void readDisable(bool disable) = 0;
  // Aborts: HTTP/1 closes the connection. No callback follows.
  virtual void reset(ResetReason reason) = 0;
  // Of HTTP/2; where a connection has one stream, it knows.
  virtual StreamWire wire() const { return {}; }
};

class ResponseEncoder : public StreamEncoder {
 public:
  // 1xx other than 101.
  virtual void encodeInformational(const ResponseHead& head) = 0;
  // `head.body`/`content_length` say the framing; the codec writes Content-Length,
  // Transfer-Encoding and Connection itself. status 101 switches the connection to a tunnel: data
  // is then raw.
  virtual void encodeHeaders(const ResponseHead& head, bool end) = 0;
  // The connection closes after this response (drain, error). Before encodeHeaders.
  virtual void closeAfterResponse() = 0;
};

class RequestEncoder : public StreamEncoder {
 public:
  virtual void encodeHeaders(const RequestHead& head, bool end) = 0;
};

class StreamDecoder {
 public:
  virtual ~StreamDecoder() = default;
  virtual void onData(std::string_view data, bool end) = 0;
  // Data that went by itself to where the encoder of the other side is raw(): only where the
  // connection offers that (net::ConnectionCallbacks::relay).
  virtual void onRelayed(size_t size, bool end) {
    static_cast<void>(size);
    static_cast<void>(end);
  }
  virtual void onTrailers(HeaderMap& trailers) = 0;
  virtual void onReset(ResetReason reason) = 0;
  // What was encoded waits because the peer takes no more of this stream (true), or is on its way
  // again (false). May come from encodeData(). HTTP/1: the connection says so instead.
  virtual void onEncoderFull(bool full) { static_cast<void>(full); }
};

// The stream lends the codec its head and arena to parse into, so that nothing is copied twice.
class RequestDecoder : public StreamDecoder {
 public:
  virtual RequestHead& head() = 0;
  virtual base::Arena& arena() = 0;
  virtual void onHeaders(bool end) = 0;
};

class ResponseDecoder : public StreamDecoder {
 public:
  virtual ResponseHead& head() = 0;
  virtual base::Arena& arena() = 0;
  virtual void onInformational() = 0;  // head() holds a 1xx other than 101
  virtual void onHeaders(bool end) = 0;
};

// Why a message was refused: the row of message_rules that fired.
struct ProtocolError {
  int status = 400;         // 400, 413, 414, 417, 426, 431, 501, 505
  std::string_view detail;  // static text, e.g. "te_and_cl"; %RESPONSE_CODE_DETAILS%
};

class ServerCallbacks {
 public:
  virtual ~ServerCallbacks() = default;
  // A head is complete: give the decoder for it. `encoder` is valid until the response has ended.
  virtual RequestDecoder& newStream(ResponseEncoder& encoder) = 0;
  // A bad message. The codec reads nothing more. With an open stream (bad body) it is that
  // stream's business; else answer on `encoder` (closeAfterResponse is already set). The head so
  // far parsed is not to be trusted.
  virtual void onProtocolError(const ProtocolError& error, ResponseEncoder& encoder,
                               bool stream_open) = 0;
  // First byte of a new request head was read / the response and request both ended and nothing
  // else has arrived: start / stop the request-headers and idle timers.
  virtual void onHeadStarted() = 0;
  virtual void onStreamComplete(bool keep_alive) = 0;
  // Before they are written: after `rest` more bytes the answer is complete, and the connection
  // ready for another request. Not called where the codec cannot know.
  virtual void onAnswerEnds(size_t rest) { static_cast<void>(rest); }
  // The stream reads no more for now (true) or again (false): pass it on to the socket. Counted.
  virtual void onReadDisable(bool disable) = 0;
  // HTTP/2, instead of onStreamComplete: this one of several streams has ended, or was reset and
  // has been told so.
  virtual void onStreamEnded(RequestDecoder& stream) { static_cast<void>(stream); }
  // HTTP/2: all streams have ended and no other will begin. Close, after what is queued. `failed`:
  // the client broke a rule or a limit.
  virtual void onSessionOver(bool failed) { static_cast<void>(failed); }
};

class ServerCodec {
 public:
  virtual ~ServerCodec() = default;
  // How many of the next bytes are data and nothing else: 0 unless a body of known length or a
  // tunnel is being read; net::Relay::kNoLimit where only its end ends it. So many or fewer may be
  // kept from dispatch() and told to relayed().
  virtual uint64_t rawBytes() const = 0;
  virtual void relayed(size_t size) = 0;
  // Takes all bytes; those of later requests wait inside until the response before them is
  // complete.
  virtual void dispatch(std::string_view bytes) = 0;
  virtual void onEof() = 0;
  // The connection closes: nothing more is parsed and no callback follows.
  virtual void stop() = 0;
  // Bytes read but not yet part of a message: what travels in a handover.
  virtual std::string_view unparsed() const = 0;
  // Bytes that messages have taken, complete or not; the next one begins there.
  virtual uint64_t consumed() const = 0;
  // Between two messages: at most bytes of the next head are held.
  virtual bool betweenMessages() const = 0;
  // After a 101, with both directions open and nothing held.
  virtual bool inTunnel() const = 0;
  // A new codec goes on with the tunnel of another process. `decoder` gets what the client sends.
  virtual ResponseEncoder& resumeTunnel(RequestDecoder& decoder) = 0;
  // No further message is begun: its bytes are held (the connection is about to move); or again is.
  virtual void hold(bool held) = 0;
  // HTTP/2: takes no new streams, in two steps so that none on its way is lost; onSessionOver()
  // follows when the last one has ended.
  virtual void drain() {}
  // HTTP/2: says that this connection is over, before it is closed.
  virtual void sayGoodbye() {}
  // HTTP/2: the connection takes no more (true) or takes again (false).
  virtual void onSinkFull(bool full) { static_cast<void>(full); }
};

class ClientCallbacks {
 public:
  virtual ~ClientCallbacks() = default;
  // Request and response have both ended. `reusable`: the connection may carry another request.
  virtual void onStreamComplete(bool reusable) = 0;
  // The upstream broke the protocol: `decoder` (if a stream was open) got onReset(ProtocolError)
  // already; close the connection.
  virtual void onProtocolError(const ProtocolError& error) = 0;
  // As ServerCallbacks::onReadDisable.
  virtual void onReadDisable(bool disable) = 0;
  // HTTP/2: how many streams may be open has changed; or one of several has ended.
  virtual void onCapacity() {}
  // HTTP/2: the peer goes away: no further streams. Close when none is open.
  virtual void onGoAway() {}
};

class ClientCodec {
 public:
  virtual ~ClientCodec() = default;
  // As those of ServerCodec.
  virtual uint64_t rawBytes() const = 0;
  virtual void relayed(size_t size) = 0;
  // REQUIRES: no stream is open (HTTP/1). Valid until onStreamComplete or a reset.
  virtual RequestEncoder& newStream(ResponseDecoder& decoder) = 0;
  // A new codec goes on with the tunnel of another process.
  virtual RequestEncoder& resumeTunnel(ResponseDecoder& decoder) = 0;
  // Bytes while no stream is open are a protocol error (a pooled connection must stay silent).
  virtual void dispatch(std::string_view bytes) = 0;
  // EOF from the upstream: ends an until-close body, else resets the stream.
  virtual void onEof() = 0;
  // The connection died: resets the open stream with `reason`.
  virtual void onConnectionClosed(ResetReason reason) = 0;
  virtual bool streamOpen() const = 0;
  // HTTP/2: how many more streams may be opened now.
  virtual size_t capacity() const { return streamOpen() ? 0 : 1; }
  virtual size_t openStreams() const { return streamOpen() ? 1 : 0; }
  // HTTP/2, as those of ServerCodec.
  virtual void sayGoodbye() {}
  virtual void onSinkFull(bool full) { static_cast<void>(full); }
};

}  // namespace convoy::http
