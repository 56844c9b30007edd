// paced_client PORT PATH RATE SECONDS CONNECTIONS: the client of the fixed-rate row of `make
// bench`. Request i is due at i / RATE seconds, evenly spaced, on whichever keep-alive connection
// is free; if none is, it waits for one. Its time counts from when it was due, so that a proxy
// which stops for a while pays for every request of that while. One thread, epoll. Prints
// "responses N failures F p50_us X p99_us Y"; a connection that breaks ends it with status 1.
#include <algorithm>
#include <arpa/inet.h>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace convoy::bench {
namespace {

constexpr int64_t kSecond = 1000000000;
constexpr int64_t kPatience = 10 * kSecond;

int64_t now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * kSecond + time.tv_nsec;
}

[[noreturn]] void fail(const char* what) {
  fprintf(stderr, "paced_client: %s\n", what);
  exit(1);
}

struct Connection {
  int fd = -1;
  int64_t due = 0;
  std::string head;   // of the answer, as far as it came
  int64_t body = -1;  // of the answer, still to come; -1: the head is not complete
  bool good = false;
};

int connectTo(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    fail("no connection");
  return fd;
}

// Takes what came; true: the answer is complete.
bool take(Connection* connection, std::string_view bytes) {
  if (connection->body < 0) {
    connection->head.append(bytes);
    const size_t end = connection->head.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    const char* const length = strcasestr(connection->head.c_str(), "\r\ncontent-length:");
    if (!length) fail("an answer without Content-Length");
    connection->good = connection->head.compare(0, 10, "HTTP/1.1 2") == 0;
    connection->body = strtol(length + strlen("\r\ncontent-length:"), nullptr, 10);
    bytes = std::string_view(connection->head).substr(end + 4);
  }
  connection->body -= static_cast<int64_t>(bytes.size());
  return connection->body <= 0;
}

class Run {
 public:
  Run(uint16_t port, const std::string& path, int64_t rate, int64_t seconds, size_t connections)
      : request_("GET " + path + " HTTP/1.1\r\nHost: bench.test\r\n\r\n"),
        spacing_(kSecond / rate),
        total_(rate * seconds),
        connections_(connections) {
    for (Connection& connection : connections_) {
      connection.fd = connectTo(port);
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.ptr = &connection;
      epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.fd, &event);
      free_.push_back(&connection);
    }
  }

  void drive() {
    const int64_t begun = now();
    const int64_t last = begun + spacing_ * total_ + kPatience;
    for (int64_t sent = 0; static_cast<int64_t>(times_.size()) < total_;) {
      const int64_t time = now();
      if (time > last) fail("answers are missing");
      for (; sent < total_ && begun + sent * spacing_ <= time && !free_.empty(); ++sent) {
        send(begun + sent * spacing_);
      }
      const bool pace = sent < total_ && !free_.empty();
      wait(pace ? begun + sent * spacing_ - now() : kSecond);
    }
  }

  void print() {
    std::sort(times_.begin(), times_.end());
    const auto percentile = [this](size_t part) {
      return static_cast<double>(times_[times_.size() * part / 100]) / 1000;
    };
    printf("responses %zu failures %d p50_us %.1f p99_us %.1f\n", times_.size(), failures_,
           percentile(50), percentile(99));
  }

 private:
  void send(int64_t due) {
    Connection* const connection = free_.back();
    free_.pop_back();
    connection->due = due;
    connection->body = -1;
    connection->head.clear();
    const auto size = static_cast<ssize_t>(request_.size());
    if (::send(connection->fd, request_.data(), request_.size(), MSG_NOSIGNAL) != size) {
      fail("cannot send");
    }
  }

  void wait(int64_t nanoseconds) {
    epoll_event events[64];
    const int64_t left = std::max<int64_t>(0, nanoseconds);
    const timespec timeout{.tv_sec = left / kSecond, .tv_nsec = left % kSecond};
    const int count = epoll_pwait2(epoll_, events, 64, &timeout, nullptr);
    for (int i = 0; i < count; ++i) receive(static_cast<Connection*>(events[i].data.ptr));
  }

  void receive(Connection* connection) {
    static char buffer[65536];
    const ssize_t n = recv(connection->fd, buffer, sizeof buffer, 0);
    if (n <= 0) fail("a connection was closed");
    if (!take(connection, {buffer, static_cast<size_t>(n)})) return;
    times_.push_back(now() - connection->due);
    failures_ += connection->good ? 0 : 1;
    free_.push_back(connection);
  }

  const std::string request_;
  const int64_t spacing_;
  const int64_t total_;
  const int epoll_ = epoll_create1(0);
  std::vector<Connection> connections_;
  std::vector<Connection*> free_;
  std::vector<int64_t> times_;
  int failures_ = 0;
};

}  // namespace
}  // namespace convoy::bench

int main(int argc, char** argv) {
  const int64_t rate = argc == 6 ? atol(argv[3]) : 0;
  const int64_t seconds = argc == 6 ? atol(argv[4]) : 0;
  const int connections = argc == 6 ? atoi(argv[5]) : 0;
  if (rate < 1 || seconds < 1 || connections < 1) {
    fputs("usage: paced_client PORT PATH RATE SECONDS CONNECTIONS\n", stderr);
    return 2;
  }
  prctl(PR_SET_TIMERSLACK, 1000UL);  // the usual 50 us are a quarter of the spacing
  convoy::bench::Run run(static_cast<uint16_t>(atoi(argv[1])), argv[2], rate, seconds,
                         static_cast<size_t>(connections));
  run.drive();
  run.print();
  return 0;
}
