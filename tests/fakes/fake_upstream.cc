#include "tests/fakes/fake_upstream.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

namespace convoy::fakes {
namespace {

constexpr Millis kPatience{60000};
constexpr size_t kKept = 2000;  // requests remembered

}  // namespace

std::string responseText(int status, const std::string& body, const std::string& fields) {
  return "HTTP/1.1 " + std::to_string(status) +
         " Fake\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + fields + "\r\n" +
         body;
}

FakeUpstream::Handler FakeUpstream::respond(int status, std::string body, std::string fields) {
  const std::string text = responseText(status, body, fields);
  return [text](const HttpMessage&, RawClient& connection) { return connection.send(text); };
}

FakeUpstream::Handler FakeUpstream::echo() {
  return [](const HttpMessage& request, RawClient& connection) {
    return connection.send(responseText(200, request.body));
  };
}

FakeUpstream::FakeUpstream(Handler handler) : FakeUpstream(std::move(handler), nullptr) {}

std::unique_ptr<FakeUpstream> FakeUpstream::withSession(Session session) {
  return std::unique_ptr<FakeUpstream>(new FakeUpstream(nullptr, std::move(session)));
}

FakeUpstream::FakeUpstream(Handler handler, Session session)
    : listening_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      handler_(std::move(handler)),
      session_(std::move(session)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  bind(listening_.get(), reinterpret_cast<sockaddr*>(&address), size);
  listen(listening_.get(), 512);
  getsockname(listening_.get(), reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept(); });
}

FakeUpstream::~FakeUpstream() {
  stopping_ = true;
  ::shutdown(listening_.get(), SHUT_RDWR);  // wakes accept()
  acceptor_.join();
  for (Peer& peer : peers_) {
    if (peer.fd >= 0) ::shutdown(peer.fd, SHUT_RDWR);
  }
  for (Peer& peer : peers_) peer.thread.join();
}

void FakeUpstream::accept() {
  while (!stopping_) {
    base::UniqueFd fd(accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!fd.valid()) continue;
    ++connections_;
    Peer& peer = peers_.emplace_back();
    peer.fd = fd.get();
    // The thread owns the descriptor; `peer.fd` only lets the destructor wake it.
    peer.thread =
        std::thread([this, &peer, number = fd.release()] { serve(peer, base::UniqueFd(number)); });
  }
}

void FakeUpstream::serve(Peer& peer, base::UniqueFd fd) {
  RawClient connection(std::move(fd), kPatience);
  if (session_) {
    session_(connection);
  } else {
    serveHttp(connection);
  }
  peer.fd = -1;
}

void FakeUpstream::serveHttp(RawClient& connection) {
  while (!stopping_) {
    const HttpMessage request = connection.readRequest();
    if (!request.ok()) return;
    ++requests_;
    Handler handler;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (seen_.size() < kKept)
        seen_.push_back(request);
      else
        seen_.back() = request;
      handler = handler_;
    }
    if (!handler(request, connection)) return;
  }
}

HttpMessage FakeUpstream::last() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return seen_.empty() ? HttpMessage{} : seen_.back();
}

std::vector<HttpMessage> FakeUpstream::all() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return seen_;
}

void FakeUpstream::setHandler(Handler handler) {
  const std::lock_guard<std::mutex> lock(mutex_);
  handler_ = std::move(handler);
}

}  // namespace convoy::fakes
