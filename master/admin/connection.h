// connection: one client of the admin interface: reads a request, gives it to dispatch() and writes
// the answer as fast as the client takes it. Owned by the AdminServer; the master's loop.
//
//   Reading --request complete--> Waiting --reply--> Writing --all written--> Reading
//   (a piece is made only while less than kHighWatermark waits in the socket's queue)
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/base/arena.h"
#include "common/http/h1_codec.h"
#include "common/net/connection.h"
#include "common/net/timer_wheel.h"
#include "master/admin/message.h"

namespace convoy::master {

class AdminConnection;

// What an AdminConnection needs of its server.
class AdminConnectionOwner {
 public:
  virtual ~AdminConnectionOwner() = default;
  virtual void answer(const AdminRequest& request, std::function<void(AdminResponse)> reply) = 0;
  // Of answers that are complete in memory, over all connections.
  virtual size_t unreadBytes() const = 0;
  virtual void onRequestDone(AdminConnection& connection) = 0;
  virtual void onClosed(AdminConnection& connection) = 0;  // destroys it, later
};

class AdminConnection final : public net::DeferredDeletable,
                              private net::ConnectionCallbacks,
                              private http::ServerCallbacks,
                              private http::RequestDecoder {
 public:
  static constexpr size_t kHighWatermark = 256 * 1024;
  static constexpr size_t kMaxBody = 64 * 1024;
  static constexpr size_t kMaxUnread = 32 * 1024 * 1024;  // 503 beyond, over all connections
  static constexpr uint64_t kIdleMs = 15 * 60 * 1000;
  static constexpr uint64_t kFreshUs = 200 * 1000;   // whoever connects asks within that
  static constexpr uint64_t kRequestMs = 30 * 1000;  // to send a whole request
  static constexpr uint64_t kStallMs = 60 * 1000;    // without taking anything of the answer

  AdminConnection(net::EventLoop& loop, base::UniqueFd fd, const net::Address& peer,
                  const net::Address& local, AdminConnectionOwner& owner);
  bool start() { return conn_.start(false); }
  size_t unreadBytes() const { return response_.body.size(); }

  // A request is about to be read: its bytes wait, or the client has only just connected.
  bool expectsRequest() const;

  // Of the request that was just answered: for the access log and the counters.
  const http::RequestHead& requestHead() const { return head_; }
  const std::string& target() const { return target_; }
  int status() const { return status_; }
  uint64_t bodyReceived() const { return body_received_; }
  uint64_t bodySent() const { return body_sent_; }
  uint64_t startUs() const { return start_us_; }
  int64_t startWallUs() const { return start_wall_us_; }
  const net::Address& peer() const { return peer_; }
  const net::Address& local() const { return local_; }
  uint64_t createdUs() const { return created_us_; }
  // Since the last call.
  uint64_t takeBytesRead();
  uint64_t takeBytesWritten();

 private:
  enum class State : uint8_t { Reading, Waiting, Writing, Closed };

  // net::ConnectionCallbacks
  void onRead(std::string_view bytes) override;
  void onReadEof() override;
  void onBelowLow() override { pump(); }
  void onClosed(net::CloseReason) override { finish(); }
  // http::ServerCallbacks
  http::RequestDecoder& newStream(http::ResponseEncoder& encoder) override;
  void onProtocolError(const http::ProtocolError& error, http::ResponseEncoder& encoder,
                       bool stream_open) override;
  void onHeadStarted() override;
  void onStreamComplete(bool keep_alive) override;
  void onReadDisable(bool disable) override;
  // http::RequestDecoder
  http::RequestHead& head() override { return head_; }
  base::Arena& arena() override { return arena_; }
  void onHeaders(bool end) override;
  void onData(std::string_view data, bool end) override;
  void onTrailers(http::HeaderMap&) override { onData({}, true); }
  void onReset(http::ResetReason) override { closeNow(); }

  AdminRequest makeRequest() const;
  void handle();
  void respond(AdminResponse response);
  void sendHead();
  void sendPiece();
  void pump();
  void closeGently();
  void closeNow();
  void finish();
  void onTimer();

  net::EventLoop& loop_;
  AdminConnectionOwner& owner_;
  net::Address peer_, local_;
  net::Connection conn_;
  std::unique_ptr<http::ServerCodec> codec_;
  State state_ = State::Reading;
  bool eof_ = false;
  bool pumping_ = false;
  bool head_sent_ = false;
  bool head_started_ = false;
  http::ResponseEncoder* encoder_ = nullptr;
  http::RequestHead head_;
  base::Arena arena_;
  std::string target_, body_;
  AdminResponse response_;
  size_t sent_ = 0;
  int status_ = 0;
  uint64_t body_received_ = 0, body_sent_ = 0;
  uint64_t start_us_ = 0, created_us_ = 0;
  int64_t start_wall_us_ = 0;
  uint64_t counted_read_ = 0, counted_written_ = 0;
  // Held weakly by a reply that comes later: it may come after the client has gone.
  std::shared_ptr<AdminConnection*> ticket_;
  net::MemberTimer<AdminConnection, &AdminConnection::onTimer> timer_{*this};
};

}  // namespace convoy::master
