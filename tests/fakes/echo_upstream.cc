#include "tests/fakes/echo_upstream.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace convoy::fakes {
namespace {

int listenOnLoopback() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) < 0) abort();
  if (listen(fd, 4096) < 0) abort();
  return fd;
}

uint16_t portOf(int fd) {
  sockaddr_in address{};
  socklen_t length = sizeof(address);
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length);
  return ntohs(address.sin_port);
}

void watch(int epoll, int fd, uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

}  // namespace

EchoUpstream::EchoUpstream()
    : epoll_(epoll_create1(EPOLL_CLOEXEC)),
      http_(listenOnLoopback()),
      tcp_(listenOnLoopback()),
      http_port_(portOf(http_)),
      tcp_port_(portOf(tcp_)) {
  watch(epoll_, http_, EPOLLIN);
  watch(epoll_, tcp_, EPOLLIN);
  thread_ = std::thread([this] { run(); });
}

EchoUpstream::~EchoUpstream() {
  stopping_ = true;
  thread_.join();
  for (const auto& [fd, peer] : peers_) close(fd);
  close(http_);
  close(tcp_);
  close(epoll_);
}

void EchoUpstream::run() {
  epoll_event events[256];
  while (!stopping_) {
    const int n = epoll_wait(epoll_, events, 256, 50);
    for (int i = 0; i < n; ++i) {
      const int fd = events[i].data.fd;
      if (fd == http_ || fd == tcp_) {
        acceptFrom(fd);
      } else if (!serve(fd, peers_[fd])) {
        peers_.erase(fd);
        close(fd);
      }
    }
  }
}

void EchoUpstream::acceptFrom(int listener) {
  for (;;) {
    const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    ++connections_;
    peers_[fd].raw = listener == tcp_;
    watch(epoll_, fd, EPOLLIN | EPOLLOUT | EPOLLET);
  }
}

bool EchoUpstream::serve(int fd, Peer& peer) {
  char bytes[16384];
  bool open = true;
  for (;;) {
    const ssize_t n = recv(fd, bytes, sizeof(bytes), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) break;
    if (n <= 0) {
      open = false;
      break;
    }
    peer.in.append(bytes, static_cast<size_t>(n));
  }
  while (answerOne(peer)) {
  }
  while (!peer.out.empty()) {
    const ssize_t n = send(fd, peer.out.data(), peer.out.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return open && errno == EAGAIN;
    peer.out.erase(0, static_cast<size_t>(n));
  }
  return open;
}

// True: a request was answered, and there may be another one.
bool EchoUpstream::answerOne(Peer& peer) {
  if (peer.raw) {
    peer.out += peer.in;
    peer.in.clear();
    return false;
  }
  const size_t end = peer.in.find("\r\n\r\n");
  if (end == std::string::npos) return false;
  std::string head = peer.in.substr(0, end + 2);
  const size_t slash = head.find(' ') + 1;
  const std::string path = head.substr(slash, head.find(' ', slash) - slash);
  std::transform(head.begin(), head.end(), head.begin(),
                 [](unsigned char byte) { return static_cast<char>(tolower(byte)); });
  const size_t at = head.find("\r\ncontent-length:");
  const size_t length =
      at == std::string::npos ? 0 : static_cast<size_t>(atol(head.c_str() + at + 17));
  if (peer.in.size() < end + 4 + length) return false;
  const std::string body = length ? peer.in.substr(end + 4, length) : path;
  peer.in.erase(0, end + 4 + length);
  ++requests_;
  if (head.find("\r\nupgrade:") != std::string::npos) {
    peer.raw = true;
    peer.out +=
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    return true;
  }
  peer.out +=
      "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  return true;
}

}  // namespace convoy::fakes
