// echo_upstream: a backend for load, on one epoll thread: a GET is answered with its path, a POST
// with its body, an Upgrade with 101 and then every byte with itself; a second port echoes raw
// bytes. Keeps connections open forever. For anything that misbehaves there is fake_upstream.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <unordered_map>

namespace convoy::fakes {

class EchoUpstream {
 public:
  EchoUpstream();
  ~EchoUpstream();
  EchoUpstream(const EchoUpstream&) = delete;
  EchoUpstream& operator=(const EchoUpstream&) = delete;

  uint16_t port() const { return http_port_; }
  uint16_t tcpPort() const { return tcp_port_; }
  uint64_t requests() const { return requests_; }
  uint64_t connections() const { return connections_; }

 private:
  struct Peer {
    bool raw = false;
    std::string in, out;
  };

  void run();
  void acceptFrom(int listener);
  // False: this connection is over.
  bool serve(int fd, Peer& peer);
  bool answerOne(Peer& peer);

  const int epoll_, http_, tcp_;
  uint16_t http_port_, tcp_port_;
  std::unordered_map<int, Peer> peers_;
  std::atomic<bool> stopping_{false};
  std::atomic<uint64_t> requests_{0}, connections_{0};
  std::thread thread_;
};

}  // namespace convoy::fakes
