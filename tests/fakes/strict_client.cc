#include "tests/fakes/strict_client.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <deque>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

namespace convoy::fakes {
namespace {

constexpr int64_t kAnswerLimitMs = 60000;
constexpr int64_t kReopenAfterMs = 20;
constexpr size_t kSlowPart = 100;

using Mode = StrictClient::Mode;

const char* nameOf(Mode mode) {
  static const char* const kNames[] = {"Get",       "Post", "SlowPost", "Fresh",
                                       "Pipelined", "Echo", "Tcp"};
  return kNames[static_cast<int>(mode)];
}

enum class State { Closed, Connecting, Upgrading, Idle, Asking };

struct Connection {
  StrictClient::Group group;
  int fd = -1;
  State state = State::Closed;
  uint64_t sequence = 0;
  uint64_t rounds = 0;               // answered or failed
  std::deque<std::string> expected;  // the bodies of the answers to come
  std::string in, out, later;        // later: the rest of a slow body
  int64_t began = 0;                 // of the connect() or the question
  int64_t next = 0;                  // when to open, or to ask again
  bool close_after = false;

  bool raw() const {
    return group.mode == Mode::Tcp || (group.mode == Mode::Echo && state != State::Upgrading);
  }
};

socklen_t addressOf(const StrictClient::Group& group, sockaddr_storage& storage) {
  memset(&storage, 0, sizeof(storage));
  auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
  auto* local = reinterpret_cast<sockaddr_un*>(&storage);
  if (group.host[0] == '/') {
    local->sun_family = AF_UNIX;
    group.host.copy(local->sun_path, sizeof(local->sun_path) - 1);
    return sizeof(*local);
  }
  if (inet_pton(AF_INET6, group.host.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(group.port);
    return sizeof(*v6);
  }
  inet_pton(AF_INET, group.host.c_str(), &v4->sin_addr);
  v4->sin_family = AF_INET;
  v4->sin_port = htons(group.port);
  return sizeof(*v4);
}

}  // namespace

uint64_t StrictClient::Report::failed() const {
  return failed("");
}

uint64_t StrictClient::Report::failed(const std::string& prefix) const {
  uint64_t total = 0;
  for (const auto& [kind, count] : errors) {
    if (kind.rfind(prefix, 0) == 0) total += count;
  }
  return total;
}

std::string StrictClient::Report::text() const {
  std::string line = std::to_string(answers) + " answers, " + std::to_string(opened) + " opened, " +
                     std::to_string(fresh) + " fresh, " + std::to_string(connection_close) +
                     " close, " + std::to_string(slow_connects) + " slow connects, worst " +
                     std::to_string(worst_ms) + " ms";
  for (const auto& [kind, count] : errors) line += "; " + kind + ": " + std::to_string(count);
  return line;
}

class StrictClient::Loop {
 public:
  explicit Loop(const std::vector<Group>& groups) : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    for (const Group& group : groups) {
      for (int i = 0; i < group.connections; ++i) {
        connections_.emplace_back();
        connections_.back().group = group;
        if (group.in_rounds) ++in_rounds_;
      }
    }
    thread_ = std::thread([this] { run(); });
  }

  ~Loop() {
    stop();
    close(epoll_);
  }

  void round() { ++rounds_wanted_; }

  bool settled(Millis limit) const {
    return eventually([this] { return rounds_done_ >= rounds_wanted_ * in_rounds_; }, limit);
  }

  Report stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
    return report_;
  }

  uint64_t answers() const { return answers_; }

 private:
  void run();
  void tick(Connection& c);
  void handle(Connection& c, uint32_t events);
  void open(Connection& c);
  void shut(Connection& c);
  void ask(Connection& c);
  void flush(Connection& c);
  void receive(Connection& c);
  void ended(Connection& c, int error);
  bool takeAnswer(Connection& c);
  void answered(Connection& c, const std::string& body);
  void fail(Connection& c, const std::string& kind, int error = 0);
  void finishQuestion(Connection& c);
  void noteConnected(const Connection& c);

  const int epoll_;
  std::deque<Connection> connections_;
  uint64_t in_rounds_ = 0;
  Report report_;
  std::atomic<bool> stopping_{false};
  std::atomic<uint64_t> answers_{0}, rounds_wanted_{1}, rounds_done_{0};
  std::thread thread_;
};

void StrictClient::Loop::run() {
  std::vector<epoll_event> events(512);
  int64_t ticked = 0;
  for (;;) {
    const int n = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 2);
    for (int i = 0; i < n; ++i) {
      const auto at = static_cast<size_t>(i);
      handle(*static_cast<Connection*>(events[at].data.ptr), events[at].events);
    }
    if (nowMs() < ticked + 2) continue;
    ticked = nowMs();
    bool busy = false;
    for (Connection& c : connections_) {
      tick(c);
      busy = busy || (c.state != State::Idle && c.state != State::Closed);
    }
    if (stopping_ && !busy) break;
  }
  for (Connection& c : connections_) shut(c);
}

void StrictClient::Loop::tick(Connection& c) {
  const int64_t now = nowMs();
  if (c.state == State::Closed && now >= c.next && !stopping_) return open(c);
  if (c.state == State::Idle && now >= c.next && !stopping_) {
    if (!c.group.in_rounds || c.rounds < rounds_wanted_) ask(c);
    return;
  }
  if (c.state == State::Asking && !c.later.empty() && now >= c.next) {
    c.out += c.later.substr(0, kSlowPart);
    c.later.erase(0, kSlowPart);
    c.next = now + c.group.pause.count();
    return flush(c);
  }
  const bool waits = c.state != State::Idle && c.state != State::Closed;
  if (waits && now - c.began > kAnswerLimitMs) fail(c, "timeout");
}

void StrictClient::Loop::open(Connection& c) {
  sockaddr_storage address;
  const socklen_t length = addressOf(c.group, address);
  c.fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  c.began = nowMs();
  c.state = State::Connecting;
  ++(c.group.mode == Mode::Fresh ? report_.fresh : report_.opened);
  if (c.fd < 0) return fail(c, "socket", errno);
  const int on = 1;
  setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  const int rc = connect(c.fd, reinterpret_cast<sockaddr*>(&address), length);
  if (rc < 0 && errno != EINPROGRESS) return ended(c, errno);
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &c;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, c.fd, &event);
}

void StrictClient::Loop::shut(Connection& c) {
  if (c.fd >= 0) close(c.fd);
  c.fd = -1;
  c.state = State::Closed;
  c.in.clear();
  c.out.clear();
  c.later.clear();
  c.expected.clear();
  c.close_after = false;
}

void StrictClient::Loop::noteConnected(const Connection& c) {
  if (nowMs() - c.began > 900) ++report_.slow_connects;
}

void StrictClient::Loop::handle(Connection& c, uint32_t events) {
  if (c.fd < 0) return;
  if (c.state == State::Connecting) {
    int error = 0;
    socklen_t length = sizeof(error);
    getsockopt(c.fd, SOL_SOCKET, SO_ERROR, &error, &length);
    if (error != 0) return ended(c, error);
    if (!(events & EPOLLOUT)) return;
    noteConnected(c);
    if (c.group.mode == Mode::Echo) {
      c.state = State::Upgrading;
      c.out =
          "GET /echo HTTP/1.1\r\nHost: soak\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
      return flush(c);
    }
    c.state = State::Idle;
    const int64_t connecting = c.began;
    ask(c);
    c.began = connecting;
    return;
  }
  if (events & EPOLLOUT) flush(c);
  if (c.fd >= 0) receive(c);
}

void StrictClient::Loop::ask(Connection& c) {
  const int questions = c.group.mode == Mode::Pipelined ? 4 : 1;
  for (int i = 0; i < questions; ++i) {
    const std::string number =
        std::to_string(&c - &connections_[0]) + "-" + std::to_string(++c.sequence);
    if (c.raw()) {
      c.expected.push_back("[" + number + "]");
      c.out += c.expected.back();
    } else if (c.group.mode == Mode::Post || c.group.mode == Mode::SlowPost) {
      c.expected.push_back(number + std::string(700, 'p'));
      c.out += "POST /post HTTP/1.1\r\nHost: soak\r\nContent-Length: " +
               std::to_string(c.expected.back().size()) + "\r\n\r\n";
      (c.group.mode == Mode::Post ? c.out : c.later) += c.expected.back();
    } else {
      c.expected.push_back("/" + number);
      c.out += "GET /" + number + " HTTP/1.1\r\nHost: soak\r\n\r\n";
    }
  }
  c.state = State::Asking;
  c.began = nowMs();
  flush(c);
}

void StrictClient::Loop::flush(Connection& c) {
  while (!c.out.empty()) {
    const ssize_t n = send(c.fd, c.out.data(), c.out.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return;
    if (n < 0) return ended(c, errno);
    c.out.erase(0, static_cast<size_t>(n));
  }
}

void StrictClient::Loop::receive(Connection& c) {
  char bytes[16384];
  for (;;) {
    const ssize_t n = recv(c.fd, bytes, sizeof(bytes), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) return ended(c, n < 0 ? errno : 0);
    c.in.append(bytes, static_cast<size_t>(n));
    while (c.fd >= 0 && takeAnswer(c)) {
    }
    if (c.fd < 0) return;
  }
}

void StrictClient::Loop::ended(Connection& c, int error) {
  switch (c.state) {
    case State::Closed:
      return;
    case State::Connecting:
      return fail(c, error == ECONNREFUSED ? "connect-refused" : "connect-reset", error);
    case State::Idle:
      return fail(c, error ? "reset-idle" : "eof-idle", error);
    case State::Upgrading:
    case State::Asking:
      return fail(c, error ? "reset-in-request" : "eof-in-response", error);
  }
}

// True: there may be another one.
bool StrictClient::Loop::takeAnswer(Connection& c) {
  if (c.in.empty()) return false;
  if (c.raw()) {
    const size_t end = c.in.find(']');
    if (end == std::string::npos) return false;
    const std::string got = c.in.substr(0, end + 1);
    c.in.erase(0, end + 1);
    answered(c, got);
    return true;
  }
  const size_t end = c.in.find("\r\n\r\n");
  if (end == std::string::npos) return false;
  std::string head = c.in.substr(0, end + 2);
  std::transform(head.begin(), head.end(), head.begin(),
                 [](unsigned char byte) { return static_cast<char>(tolower(byte)); });
  const int status = atoi(head.c_str() + std::min<size_t>(9, head.size()));
  if (c.state == State::Upgrading) {
    if (status != 101) {
      fail(c, "bad-status " + std::to_string(status));
      return false;
    }
    c.in.erase(0, end + 4);
    ++report_.http_answers;
    c.state = State::Idle;
    c.next = 0;
    return !c.in.empty();
  }
  const size_t at = head.find("\r\ncontent-length:");
  const size_t length =
      at == std::string::npos ? 0 : static_cast<size_t>(atol(head.c_str() + at + 17));
  if (c.in.size() < end + 4 + length) return false;
  const std::string body = c.in.substr(end + 4, length);
  c.in.erase(0, end + 4 + length);
  if (head.find("\r\nconnection: close") != std::string::npos) {
    ++report_.connection_close;
    c.close_after = true;
  }
  ++report_.http_answers;
  if (status == 200) {
    answered(c, body);
  } else {
    fail(c, "bad-status " + std::to_string(status) + " " + body.substr(0, 80));
  }
  return c.fd >= 0;
}

void StrictClient::Loop::answered(Connection& c, const std::string& body) {
  if (c.expected.empty() || body != c.expected.front()) return fail(c, "wrong-body");
  c.expected.pop_front();
  ++report_.answers;
  ++answers_;
  const int64_t took = nowMs() - c.began;
  report_.worst_ms = std::max(report_.worst_ms, took);
  if (took > 3000) ++report_.stalled;
  if (c.expected.empty() || c.close_after) finishQuestion(c);
}

void StrictClient::Loop::finishQuestion(Connection& c) {
  const bool unanswered = !c.expected.empty();
  c.next = nowMs() + c.group.pause.count();
  c.state = State::Idle;
  if (c.group.in_rounds) {
    ++c.rounds;
    ++rounds_done_;
  }
  if (unanswered) return fail(c, "close-before-the-pipelined-rest");
  if (c.group.mode == Mode::Fresh || c.close_after) shut(c);
}

void StrictClient::Loop::fail(Connection& c, const std::string& kind, int error) {
  ++report_.errors[kind + (error ? std::string(" ") + strerrorname_np(error) : "") + " " +
                   nameOf(c.group.mode)];
  if (c.group.in_rounds && c.state != State::Idle && c.rounds < rounds_wanted_) {
    ++c.rounds;
    ++rounds_done_;
  }
  shut(c);
  c.next = nowMs() + kReopenAfterMs;
}

StrictClient::StrictClient(const std::vector<Group>& groups)
    : loop_(std::make_unique<Loop>(groups)) {}
StrictClient::~StrictClient() = default;
void StrictClient::round() {
  loop_->round();
}
bool StrictClient::settled(Millis limit) const {
  return loop_->settled(limit);
}
StrictClient::Report StrictClient::stop() {
  return loop_->stop();
}
uint64_t StrictClient::answers() const {
  return loop_->answers();
}

}  // namespace convoy::fakes
