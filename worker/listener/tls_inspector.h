// tls_inspector: waits until the first bytes of an accepted socket say which filter chain is to
// take it, without taking them (MSG_PEEK). Owned by its Listener; worker loop.
//
//   (new) --look()--> known: the Listener goes on at once
//     \--not yet--> Waiting --bytes--> known, or closed: end of file, broken, or
//                                      listener_filters_timeout
#pragma once

#include <cstdint>

#include "common/base/unique_fd.h"
#include "common/net/address.h"
#include "common/net/event_loop.h"
#include "common/net/poller.h"
#include "common/net/timer_wheel.h"
#include "worker/listener/client_hello.h"

namespace convoy::worker {

class TlsInspector;

class InspectorCallbacks {
 public:
  enum class End : uint8_t { Known, RemoteClosed, Broken, TimedOut };
  virtual ~InspectorCallbacks() = default;
  // Last call. `hello` is null if it is not TLS, and valid only during the call. The inspector is
  // to be taken out of the loop by deferDelete.
  virtual void onInspected(TlsInspector& inspector, End end, const ClientHello* hello) = 0;
};

class TlsInspector final : public net::PollHandler, public net::DeferredDeletable {
 public:
  TlsInspector(net::EventLoop& loop, base::UniqueFd fd, const net::Address& peer,
               const net::Address& local, InspectorCallbacks& callbacks);
  ~TlsInspector() override;

  // Looks now, and waits for up to `timeout_ms` if that does not do. May call back before it
  // returns.
  void start(uint64_t timeout_ms);
  base::UniqueFd takeFd();
  const net::Address& peer() const { return peer_; }
  const net::Address& local() const { return local_; }
  size_t index = 0;  // where its owner keeps it

  void onIo(uint32_t events) override;

 private:
  // False: more is needed.
  bool look();
  void end(InspectorCallbacks::End end, const ClientHello* hello);
  void onTimeout();

  net::EventLoop& loop_;
  base::UniqueFd fd_;
  const net::Address peer_, local_;
  InspectorCallbacks& callbacks_;
  bool waits_ = false;
  bool over_ = false;
  net::MemberTimer<TlsInspector, &TlsInspector::onTimeout> timer_{*this};
};

}  // namespace convoy::worker
