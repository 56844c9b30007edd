// Connection: one data-plane stream socket (downstream or upstream): read, write with
// back-pressure, half-close, close. Plain bytes, or those of a Transport (TLS) between this and the
// socket: the connection is Connecting until its handshake is done. Owned by a conn_manager, pool
// entry or tcp_proxy; lives on its worker's loop; deleted through EventLoop::deferDelete only.
//
//            connectTo          EPOLLOUT, no error
//   (new) ------------> Connecting -------> Open --close(Flush), output left--> Flushing
//     \---- accepted fd ------------------>  |  --close(Now|Reset), error, both EOFs--> Closed
//                    Connecting --error/timeout--> Closed          Flushing --sent/error--> Closed
//
// Reading: on readable, recv() into the Poller's shared buffer until a short read, each time
// callbacks.onRead(bytes): the callee takes ALL bytes (keeps what it cannot use). readDisable(true)
// stops between two recv()s; the kernel's window then pushes back. readDisable(false) reads again.
// Writing: write() copies into a cork (small) or sends at once (large), never blocks; a cork is
// sent at the end of the event, or of several where writes are gathered (HTTP/2). What the socket
// does not take is kept in out_ and sent on EPOLLOUT. Above kHighWatermark onAboveHigh() is called
// once, and onBelowLow() once after it falls under kLowWatermark. The producer must stop.
// No callback is made from inside write(), flush(), readDisable() or close(): errors found there
// are reported through Poller::again in this turn, after what the peer still said was read.
// EXCEPTION: onAboveHigh() may come from write(), flush() and shutdownWrite(), and while another
// connection relays to this one.
// Relaying: where the callee says so (relay()), what is readable goes through a pipe to another
// connection without coming to user space (splice(2)); worth it from some 100 KiB on. What that
// connection's socket does not take stays in the pipe, before out_, and counts as above its high
// watermark.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/buffer.h"
#include "common/base/unique_fd.h"
#include "common/net/address.h"
#include "common/net/event_loop.h"
#include "common/net/poller.h"
#include "common/net/timer_wheel.h"
#include "common/net/transport.h"

namespace convoy::net {

// Where a codec writes. Connection in production, a string in tests.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual void write(std::string_view bytes) = 0;
  // Two runs that belong together: one system call where the sink can.
  virtual void write(std::string_view head, std::string_view body) = 0;
};

class Connection;

enum class CloseReason : uint8_t {
  Local,          // our close()
  RemoteReset,    // ECONNRESET, EPIPE
  RemoteEof,      // both directions ended
  ConnectFailed,  // refused, unreachable; or the handshake failed (Transport::failure)
  ConnectTimeout,
  IoError,
};

// Where the next bytes may go without being looked at.
struct Relay {
  static constexpr uint64_t kNoLimit = UINT64_MAX;
  Connection* to = nullptr;
  uint64_t most = 0;  // kNoLimit: whatever comes until the end
};

class ConnectionCallbacks {
 public:
  virtual ~ConnectionCallbacks() = default;
  // Outbound; and inbound with a transport, after its handshake.
  virtual void onConnected() {}
  virtual void onRead(std::string_view bytes) = 0;
  // The peer sent FIN: no more onRead(). Writing still works (half-close).
  virtual void onReadEof() = 0;
  // Asked before each read. `onRelayed` says how much went there.
  virtual Relay relay() { return {}; }
  virtual void onRelayed(size_t size) { static_cast<void>(size); }
  virtual void onAboveHigh() {}
  virtual void onBelowLow() {}
  // Last call. Not made after a close(Now) or close(Reset) of our own, nor after a close(Flush)
  // that left state() Closed because nothing was left to do; else after close(Flush) it is made
  // with Local (all sent) or the error.
  virtual void onClosed(CloseReason reason) = 0;
};

class Connection final : public PollHandler, public ByteSink, public DeferredDeletable {
 public:
  enum class State : uint8_t { Connecting, Open, Flushing, Closed };
  enum class Close : uint8_t {
    Flush,  // send what is queued, shutdown(WR), read and drop for <= linger_ms, then close
    Now,    // send the cork, drop what the kernel did not take, close(2)
    Reset,  // the same with SO_LINGER 0: the peer sees RST
  };
  static constexpr size_t kDefaultHighWatermark = 1024 * 1024;  // Envoy's buffer limit default

  // An accepted (connected) socket. Call start() once the callbacks are ready.
  Connection(EventLoop& loop, base::UniqueFd fd, ConnectionCallbacks& callbacks);
  // Outbound: connect() was called already (net::connectTo). onConnected or onClosed follows.
  Connection(EventLoop& loop, base::UniqueFd fd, ConnectionCallbacks& callbacks,
             uint64_t connect_timeout_ms);
  ~Connection() override;

  // Before start(): the bytes go through `transport`. Inbound, its handshake may take that long.
  void secure(std::unique_ptr<Transport> transport, uint64_t handshake_timeout_ms = 0);
  Transport* transport() const { return transport_.get(); }
  // Before start(), outbound: these bytes go first, before the handshake of the transport.
  void setPreface(std::string bytes);
  // Registers with the poller. False (state Closed) if the kernel refuses. `try_read` reads at once
  // (after TCP_DEFER_ACCEPT the request is there).
  bool start(bool try_read);
  void setCallbacks(ConnectionCallbacks& callbacks) { callbacks_ = &callbacks; }

  void write(std::string_view bytes) override;
  void write(std::string_view head, std::string_view body) override;
  // From now on what several events write goes out together: for a connection that carries many
  // messages at a time, of which each event writes one.
  void gatherWrites() { gathers_ = true; }
  void flush();                    // sends our cork
  void shutdownWrite();            // FIN after all queued bytes
  void readDisable(bool disable);  // counted: pairs must match
  bool readDisabled() const { return read_disable_count_ != 0; }
  void close(Close how, uint64_t linger_ms = 1000);

  State state() const { return state_; }
  bool isOpen() const { return state_ == State::Open; }
  size_t pendingBytes() const;  // queued, not yet taken by the kernel (cork included)
  void setWatermark(size_t high) { high_watermark_ = high; }  // low is half of it
  bool aboveHigh() const { return above_high_; }
  int fd() const { return fd_.get(); }
  uint64_t bytesRead() const { return bytes_read_; }
  uint64_t bytesWritten() const { return bytes_written_; }  // given to write()
  EventLoop& loop() { return loop_; }
  // Open both ways, with nothing queued and no failure to report: may live on in another process.
  // Not with a transport, whose state is here.
  bool movable() const {
    return state_ == State::Open && pending_close_ == 0 && shutdown_wanted_ == shutdown_done_ &&
           pendingBytes() == 0 && transport_ == nullptr;
  }
  // Bytes have come that were not read yet.
  bool inputWaiting() const;
  // Takes the descriptor out (handover): the connection becomes Closed without closing it.
  // REQUIRES: pendingBytes() == 0.
  base::UniqueFd releaseFd();

  void onIo(uint32_t events) override;

 private:
  friend class Poller;
  EventLoop& loop_;
  ConnectionCallbacks* callbacks_;
  base::UniqueFd fd_;
  State state_;
  bool read_eof_ = false;
  bool peer_hup_ = false;  // EPOLLRDHUP/HUP seen: read until 0
  bool shutdown_wanted_ = false;
  bool shutdown_done_ = false;
  bool above_high_ = false;
  bool lingering_ = false;    // all sent and shut down, the linger timer runs
  bool bulk_ = false;         // the last read filled its buffer
  bool relays_ = false;       // the last bytes were relayed
  bool trickles_ = false;     // the last relay moved too little to be worth it
  bool reached_ = false;      // the peer's socket, though the handshake may go on
  bool outbound_ = false;     // counted by the poller
  bool missed_read_ = false;  // readable while reading was disabled, or stopped before the end
  bool gathers_ = false;
  uint8_t pending_close_ = 0;  // CloseReason + 1, reported from onIo
  uint64_t linger_ms_ = 0;
  uint16_t read_disable_count_ = 0;
  size_t high_watermark_ = kDefaultHighWatermark;
  uint64_t bytes_read_ = 0;
  uint64_t bytes_written_ = 0;
  Poller::Cork* cork_ = nullptr;  // lent by the poller; null: nothing in one
  base::Buffer out_;
  PipePool::Pipe* pipe_ = nullptr;  // with piped_ bytes that go out before out_
  size_t piped_ = 0;                // or what the transport has not sent
  std::unique_ptr<Transport> transport_;
  std::unique_ptr<std::string> preface_;  // what of it was not sent; null: nothing

  void onTimer();
  void finishConnect(uint32_t events);
  bool sendPreface();
  void shakeHands();
  ssize_t transmit(iovec* runs, size_t count);
  bool endTransport();
  bool sent() const { return out_.empty() && piped_ == 0; }
  ssize_t receive();
  ssize_t receiveRaw();
  bool readEnded(ssize_t n);
  Relay wantedRelay();
  ssize_t relayFrom(int fd, uint64_t most);
  bool drainPipe();
  void dropPipe();
  void readSome();
  void dropInput();
  void writeQueued();
  void writeFailed(int error);
  void send(std::string_view head, std::string_view body);
  void queue(std::string_view bytes);
  void returnCork();
  void failLater(CloseReason reason);
  void closed(CloseReason reason);
  void closeFailed();
  void closeIfReset();
  void closeIfEnded();
  void shut();
  void flushed();
  void checkHigh();
  MemberTimer<Connection, &Connection::onTimer> timer_{*this};  // connect, then linger
};

}  // namespace convoy::net
