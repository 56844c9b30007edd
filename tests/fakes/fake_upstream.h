// fake_upstream: a backend that does exactly what a test wants: a handler is called with each
// request and the connection it came on, and writes whatever it likes. One thread per connection: a
// handler may block. Listens on a free port of 127.0.0.1; ends with its owner.
#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/fakes/raw_client.h"

namespace convoy::fakes {

class FakeUpstream {
 public:
  // False: close the connection (after what was sent has gone out).
  using Handler = std::function<bool(const HttpMessage& request, RawClient& connection)>;
  // Takes the whole connection from its first byte: not HTTP, or not properly.
  using Session = std::function<void(RawClient& connection)>;

  // Answers 200 with the body "hello\n".
  FakeUpstream() : FakeUpstream(respond(200, "hello\n")) {}
  explicit FakeUpstream(Handler handler);
  ~FakeUpstream();
  FakeUpstream(const FakeUpstream&) = delete;
  FakeUpstream& operator=(const FakeUpstream&) = delete;

  static std::unique_ptr<FakeUpstream> withSession(Session session);
  static Handler respond(int status, std::string body, std::string fields = "");
  // 200 with the body of the request, framed by content-length.
  static Handler echo();

  uint16_t port() const { return port_; }
  uint64_t requests() const { return requests_; }
  uint64_t connections() const { return connections_; }
  // A copy of the last request, and of all of them.
  HttpMessage last() const;
  std::vector<HttpMessage> all() const;
  void setHandler(Handler handler);

 private:
  struct Peer {
    std::thread thread;
    std::atomic<int> fd{-1};
  };
  FakeUpstream(Handler handler, Session session);
  void accept();
  void serve(Peer& peer, base::UniqueFd fd);
  void serveHttp(RawClient& connection);

  base::UniqueFd listening_;
  uint16_t port_ = 0;
  mutable std::mutex mutex_;  // handler_, seen_, peers_
  Handler handler_;
  const Session session_;
  std::vector<HttpMessage> seen_;
  std::list<Peer> peers_;
  std::atomic<bool> stopping_{false};
  std::atomic<uint64_t> requests_{0}, connections_{0};
  std::thread acceptor_;
};

// The text of an answer with content-length.
std::string responseText(int status, const std::string& body, const std::string& fields = "");

}  // namespace convoy::fakes
