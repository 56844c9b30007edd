// socket_inspector: the listener filters: waits until the first bytes of an accepted socket say
// what is needed to choose its filter chain. Takes the PROXY header off, and looks at the rest
// without taking it (MSG_PEEK). Owned by its Listener; worker loop.
//
//   (new) --look()--> known: the Listener goes on at once
//     \--not yet--> Waiting --bytes--> known, or closed: end of file, broken, or
//                                      listener_filters_timeout
//   of which, in this order:  Proxy (if configured) --> First (tls_inspector, http_inspector)
#pragma once

#include <cstdint>
#include <string_view>

#include "common/base/unique_fd.h"
#include "common/config/model/listener.h"
#include "common/net/address.h"
#include "common/net/event_loop.h"
#include "common/net/poller.h"
#include "common/net/proxy_header.h"
#include "common/net/timer_wheel.h"
#include "worker/listener/client_hello.h"

namespace convoy::worker {

class SocketInspector;

class InspectorCallbacks {
 public:
  enum class End : uint8_t {
    Known,
    RemoteClosed,
    Broken,       // what should be a ClientHello is none
    NoProxy,      // no PROXY header, where one must be
    BrokenProxy,  // one that is malformed
    WrongProxy,   // of a version that is not allowed
    TimedOut
  };
  virtual ~InspectorCallbacks() = default;
  // Last call. The inspector is to be taken out of the loop by deferDelete.
  virtual void onInspected(SocketInspector& inspector, End end) = 0;
};

class SocketInspector final : public net::PollHandler, public net::DeferredDeletable {
 public:
  SocketInspector(net::EventLoop& loop, base::UniqueFd fd, const net::Address& peer,
                  const net::Address& local, const config::Listener& config,
                  InspectorCallbacks& callbacks);
  ~SocketInspector() override;

  // Looks now, and waits if that does not do. May call back before it returns.
  void start();
  base::UniqueFd takeFd();
  const net::Address& peer() const { return peer_; }
  const net::Address& local() const { return local_; }
  // What the PROXY header said; version 0: there was none, or nobody looked.
  const net::ProxyHeader& proxy() const { return proxy_; }
  // Valid only in onInspected(): null if it is not TLS.
  const ClientHello* hello() const { return tls_ ? &hello_ : nullptr; }
  std::string_view httpProtocol() const { return http_protocol_; }  // "http/1.1", "h2c", ""
  size_t index = 0;                                                 // where its owner keeps it

  void onIo(uint32_t events) override;

 private:
  enum class Stage : uint8_t { Proxy, First, Done };
  enum class Seen : uint8_t { More, Next, Over };
  // False: more is needed.
  bool look();
  ssize_t peek();
  Seen lookForProxy(std::string_view bytes);
  Seen lookAtFirst(std::string_view bytes);
  bool consume(size_t size);
  bool end(InspectorCallbacks::End end);
  void onTimeout();

  net::EventLoop& loop_;
  base::UniqueFd fd_;
  const net::Address peer_, local_;
  const config::Listener& config_;
  InspectorCallbacks& callbacks_;
  Stage stage_ = Stage::First;
  net::ProxyHeader proxy_;
  ClientHello hello_;
  bool tls_ = false;
  std::string_view http_protocol_;
  bool waits_ = false;
  bool over_ = false;
  net::MemberTimer<SocketInspector, &SocketInspector::onTimeout> timer_{*this};
};

}  // namespace convoy::worker
