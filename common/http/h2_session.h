// h2_session: one nghttp2 session on one connection, what both sides share: octets in and out, the
// heads being decoded, flow control, floods, GOAWAY, PING. Codecs derive from it. nghttp2 is asked
// for frames as long as the socket takes them; what a stream has to send beyond its windows waits
// in the stream, whose producer is told to stop. Worker loop.
//
//   receive() --> nghttp2 --> heads, data, resets --> hooks of the codec
//   encode*() --> stream's queue --> nghttp2 (windows, priorities) --> sink
//
//   Open --drain()--> Noticed --its PING is answered--> GoingAway --last stream ended--> Over
//     \--flood, protocol error: GOAWAY with its code------------------------------------/
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "common/base/block_lists.h"
#include "common/base/buffer.h"
#include "common/http/codec.h"
#include "common/http/h2_frame_watch.h"
#include "common/http/h2_limits.h"
#include "common/http/h2_rules.h"
#include "common/http/h2_settings.h"
#include "common/net/connection.h"
#include "common/net/event_loop.h"
#include "common/net/poller.h"

struct nghttp2_session;

namespace convoy::http {

class H2Session;

// The last streams that ended in one way; nghttp2 would keep a record of 200 octets for each.
class RecentStreams {
 public:
  void add(int32_t id) {
    forgot_ = forgot_ || ids_[next_] != 0;
    ids_[next_] = id;
    next_ = (next_ + 1) % ids_.size();
  }
  bool has(int32_t id) const { return std::find(ids_.begin(), ids_.end(), id) != ids_.end(); }
  bool forgot() const { return forgot_; }

 private:
  std::array<int32_t, 8> ids_{};
  size_t next_ = 0;
  bool forgot_ = false;
};

struct H2Env {
  net::ByteSink& sink;
  net::EventLoop& loop;
  H2Observer& observer;
};

// What both sides' streams have. Lives until the turn after nghttp2 has closed it.
class H2Stream {
 public:
  explicit H2Stream(H2Session& session) : session_(session) {}
  virtual ~H2Stream() = default;
  H2Stream(const H2Stream&) = delete;
  H2Stream& operator=(const H2Stream&) = delete;
  static void* operator new(size_t size);
  static void operator delete(void* piece) { base::giveBlock(piece); }
  virtual StreamDecoder* decoder() = 0;
  virtual void forget() = 0;  // the decoder: no more callbacks

 protected:
  friend class H2Session;
  void queueData(std::string_view data, bool end);
  void queueTrailers(const HeaderMap& trailers);
  void pause(bool disable);
  void abort(ResetReason reason);
  std::string_view nextRun() const { return direct_.empty() ? out_.front() : direct_; }
  size_t queued() const { return direct_.size() + out_.size(); }
  void drained(size_t size);

  H2Session& session_;
  int32_t id_ = -1;
  uint32_t index_ = 0;  // in the session's streams_
  bool out_end_ = false;
  bool deferred_ = false;
  bool trailers_sent_ = false;
  bool full_ = false;
  bool closed_ = false;  // by nghttp2
  bool remote_ended_ = false;
  bool local_ended_ = false;
  bool head_received_ = false;
  bool head_sent_ = false;
  bool reset_received_ = false;
  bool resetting_ = false;  // our RST_STREAM is queued
  uint16_t paused_ = 0;
  uint64_t opened_ms_ = 0;
  uint64_t unconsumed_ = 0;  // received and not given back to the windows
  std::string_view direct_;  // of the caller of queueData, while it waits
  base::Buffer out_;
  const HeaderMap* direct_trailers_ = nullptr;  // of the caller of queueTrailers
  std::unique_ptr<HeaderMap> trailers_;
  StreamWire wire_;
};

// The encoder part is the same for requests and responses.
template <typename Encoder>
class H2EncoderStream : public Encoder, public H2Stream {
 public:
  using H2Stream::H2Stream;
  void encodeData(std::string_view data, bool end) override { queueData(data, end); }
  void encodeTrailers(const HeaderMap& trailers) override { queueTrailers(trailers); }
  bool raw() const override { return false; }
  void encodeRelayed(size_t, bool) override {}
  void readDisable(bool disable) override { pause(disable); }
  void reset(ResetReason reason) override { abort(reason); }
  StreamWire wire() const override { return wire_; }
};

class H2Session {
 public:
  H2Session(const H2Env& env, const H2Settings& settings, bool server);
  virtual ~H2Session();
  H2Session(const H2Session&) = delete;
  H2Session& operator=(const H2Session&) = delete;

 protected:
  friend class H2Stream;
  struct Nghttp2;  // its callbacks (h2_nghttp2.cc)
  friend struct Nghttp2;

  // The first frames of ours.
  void open();
  void receive(std::string_view bytes);
  void flush();
  // For what is most likely followed by the rest of its message in this event (a head by its data,
  // data by trailers): nghttp2 has one turn for all of it. At the latest when the batch of events
  // is over.
  void flushSoon();
  void sinkFull(bool full);
  void drainGracefully();
  void goAwayNow();
  void stopSession();
  // The connection is gone.
  void abandon(ResetReason reason);
  bool over() const { return over_; }
  size_t streamCount() const { return streams_.size(); }
  const std::vector<std::unique_ptr<H2Stream>>& streams() const { return streams_; }
  bool goAwayReceived() const { return go_away_received_; }
  bool goingAway() const { return state_ != State::Open; }
  uint32_t peerMaxStreams() const;
  bool peerTakesUpgrades() const;  // by CONNECT (RFC 8441); no before its SETTINGS are here
  uint64_t consumedBytes() const { return consumed_; }

  // A head of `pseudo` (":status" and so on) and fields, then data unless `end`. False: refused.
  bool submitHead(H2Stream& stream, std::span<const RawField> pseudo, const HeaderMap& headers,
                  std::string_view content_length, bool end, bool informational);
  void resetStream(H2Stream& stream, ResetReason reason);
  H2Stream& add(std::unique_ptr<H2Stream> stream, int32_t id);

  // Hooks.
  virtual void onHead(H2Stream* stream, int32_t id, const H2Fields& fields, bool end) = 0;
  virtual void onTrailerFields(H2Stream& stream, const H2Fields& fields) = 0;
  virtual void onEnd(H2Stream& stream) = 0;  // of the message, after its data
  virtual void onHeadBegins() {}
  // Its decoder, if it still has one, has not heard of it.
  virtual void onClosed(H2Stream& stream, bool clean, ResetReason reason) = 0;
  virtual void onPeerSettings() {}
  // Nothing more will be read or written.
  virtual void onOver(bool failed) = 0;

  H2Env env_;
  const H2Settings& settings_;

 private:
  enum class State : uint8_t { Open, Noticed, GoingAway };
  struct Later final : net::PollHandler {
    explicit Later(H2Session& s) : session(s) {}
    void onIo(uint32_t) override { session.flush(); }
    H2Session& session;
  };
  nghttp2_session* makeSession();
  void feed(std::string_view bytes);
  void feedWatched(std::string_view bytes);
  void judgeData(const H2FrameWatch::DataHead& head);
  void sendFrames();
  void turnEnds();
  void count(H2Counter counter) { env_.observer.count(counter); }
  void flooded(H2Counter counter);
  void fatal(int error);
  void goAwaySent();
  void finishGoAway();
  void judgeClosed(int32_t id, bool head);
  void terminate(uint32_t code);
  std::unique_ptr<H2Stream> remove(H2Stream& stream);
  void endStreams(ResetReason reason);
  void onKeepalive();
  void armKeepalive();
  void pingAnswered(const uint8_t* opaque);
  void headReceived(H2Stream* stream, int32_t id, bool end);
  void discard(H2Stream& stream);  // nghttp2 never heard of it
  H2Fields& fields();
  void stashFields();
  void endHead();

  H2Stream* streamOf(int32_t id);
  bool known(int32_t id);

  const bool server_;
  State state_ = State::Open;
  bool busy_ = false;  // inside nghttp2
  bool over_ = false;
  bool stopped_ = false;
  bool terminated_ = false;
  bool sink_full_ = false;
  bool go_away_received_ = false;
  bool ping_pending_ = false;
  int32_t head_id_ = 0;  // of the head being decoded; 0: none
  // The last one that was looked for: the next frame is most likely of the same.
  int32_t found_id_ = 0;
  H2Stream* found_ = nullptr;
  uint64_t consumed_ = 0;
  uint64_t head_wire_ = 0;  // of the head being decoded
  nghttp2_session* session_ = nullptr;
  H2Limits limits_;
  H2FrameWatch watch_;
  RecentStreams ended_by_peer_;
  RecentStreams reset_by_us_;
  std::unique_ptr<H2Fields> fields_;  // while a head is incomplete between two reads
  std::vector<std::unique_ptr<H2Stream>> streams_;
  std::vector<std::unique_ptr<H2Stream>> buried_;
  Later later_{*this};
  net::MemberTimer<H2Session, &H2Session::onKeepalive> keepalive_timer_{*this};
};

}  // namespace convoy::http
