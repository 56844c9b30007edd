// fast_backend PORT: the backend of `make bench`. One thread, edge-triggered epoll, HTTP/1.1 and as
// little else as possible, so that a proxy and never the backend is what is measured.
// GET: the last segment of the path is the length of the answer (/1024, /any/prefix/65536); a path
// that begins with /rich/ is answered with a head of the usual size of an application's (600
// bytes). POST: the body, which must have a Content-Length, is swallowed and answered with 2 bytes.
// Honours "Connection: close" and pipelining. Port 0 chooses one; prints "PORT <n>" and serves
// until it is killed. It trusts its client: what it does not understand closes the connection.
#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string>
#include <string_view>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace convoy::bench {
namespace {

constexpr size_t kMostBytes = 16 << 20;
constexpr char kRichHead[] =
    "Server: application/2.4.57 (Debian)\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
    "Content-Type: application/json; charset=utf-8\r\n"
    "Cache-Control: private, no-cache, no-store, must-revalidate, max-age=0\r\n"
    "Expires: Thu, 01 Jan 1970 00:00:00 GMT\r\nPragma: no-cache\r\nETag: W/\"5c1f-18f2a9b7c10\"\r\n"
    "Vary: Accept-Encoding, Origin\r\nX-Trace: 6d3f0b52-91c4-4f7e-8c1d-2a5be07f4e19\r\n"
    "X-Frame-Options: SAMEORIGIN\r\nStrict-Transport-Security: max-age=31536000\r\n"
    "Set-Cookie: session=c2Vzc2lvbiBvZiBhIHVzZXIgd2hvIGRvZXMgbm90IGV4aXN0; Path=/; HttpOnly; "
    "Secure; SameSite=Lax\r\n";
constexpr char kPlainHead[] =
    "Server: bench\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Type: text/plain\r\n";

// Every answer is made once and kept: {length, rich} -> head and body.
const std::string* answer(size_t length, bool rich) {
  static std::map<std::pair<size_t, bool>, std::string> made;
  std::string& text = made[{length, rich}];
  if (text.empty()) {
    text = std::string("HTTP/1.1 200 OK\r\n") + (rich ? kRichHead : kPlainHead) +
           "Content-Length: " + std::to_string(length) + "\r\n\r\n" + std::string(length, 'x');
  }
  return &text;
}

bool beginsWith(std::string_view text, std::string_view lower) {
  return text.size() >= lower.size() && strncasecmp(text.data(), lower.data(), lower.size()) == 0;
}

struct Request {
  const std::string* answer = nullptr;
  size_t body = 0;
  bool close = false;
};

// `head` with its empty line. False: not understood.
bool parse(std::string_view head, Request* request) {
  const size_t from = head.find(' ');
  const size_t to = head.find(' ', from + 1);
  if (to == std::string_view::npos) return false;
  const std::string_view path = head.substr(from + 1, to - from - 1);
  for (size_t line = head.find("\r\n") + 2; line < head.size();) {
    const size_t end = head.find("\r\n", line);
    const std::string_view field = head.substr(line, end - line);
    line = end + 2;
    if (beginsWith(field, "content-length:")) {
      request->body = strtoul(field.data() + strlen("content-length:"), nullptr, 10);
    } else if (beginsWith(field, "connection: close")) {
      request->close = true;
    } else if (beginsWith(field, "transfer-encoding:")) {
      return false;
    }
  }
  size_t length = 2;
  if (head[0] == 'G') {
    const size_t last = path.rfind('/');
    if (last == std::string_view::npos) return false;
    const std::string_view number = path.substr(last + 1);
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), length);
    if (error != std::errc() || end != number.data() + number.size() || length > kMostBytes) {
      return false;
    }
  }
  request->answer = answer(length, beginsWith(path, "/rich/"));
  return true;
}

class Connection {
 public:
  explicit Connection(int fd) : fd_(fd) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { close(fd_); }

  // Reads and writes until the socket has no more; false: over. After a short read nothing is left,
  // unless the client has `ended`: a later byte is a later event.
  bool run(bool ended) {
    for (bool drained = false;;) {
      if (answering()) {
        if (!flush()) return false;
        if (sending_) return true;  // the socket is full
      }
      if (!takeHead()) return false;
      if (answering()) continue;
      if (drained) return true;
      if (!receive(ended, &drained)) return false;
    }
  }

 private:
  bool answering() const { return sending_ && body_ == 0; }

  // False: the answer is complete and was the last, or the client is gone.
  bool flush() {
    while (sent_ < sending_->size()) {
      const ssize_t n = send(fd_, sending_->data() + sent_, sending_->size() - sent_, MSG_NOSIGNAL);
      if (n < 0) return errno == EAGAIN || errno == EINTR;
      sent_ += static_cast<size_t>(n);
    }
    sending_ = nullptr;
    sent_ = 0;
    return !close_;
  }

  // Begins the next request if its head is complete.
  bool takeHead() {
    if (sending_ || used_ == 0) return true;
    const void* end = memmem(buffer_, used_, "\r\n\r\n", 4);
    if (!end) return used_ < sizeof buffer_;
    const size_t size = static_cast<size_t>(static_cast<const char*>(end) - buffer_) + 4;
    Request request;
    if (!parse({buffer_, size}, &request)) return false;
    consume(size);
    sending_ = request.answer;
    close_ = request.close;
    const size_t here = std::min(request.body, used_);
    consume(here);
    body_ = request.body - here;
    return true;
  }

  // A long body goes into a sink that all share. False: the client is gone.
  bool receive(bool ended, bool* drained) {
    static char sink[256 << 10];
    char* const to = body_ ? sink : buffer_ + used_;
    const size_t room = body_ ? std::min(body_, sizeof sink) : sizeof buffer_ - used_;
    const ssize_t n = recv(fd_, to, room, 0);
    if (n == 0) return false;
    if (n < 0) {
      *drained = errno == EAGAIN;
      return *drained || errno == EINTR;
    }
    *drained = static_cast<size_t>(n) < room && !ended;
    (body_ ? body_ -= static_cast<size_t>(n) : used_ += static_cast<size_t>(n));
    return true;
  }

  void consume(size_t size) {
    if (size == 0) return;
    used_ -= size;
    memmove(buffer_, buffer_ + size, used_);
  }

  const int fd_;
  bool close_ = false;
  size_t used_ = 0;
  size_t body_ = 0;  // of the request, still to come
  const std::string* sending_ = nullptr;
  size_t sent_ = 0;
  char buffer_[8192];
};

int listenOn(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int one = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);  // accepted sockets inherit it
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(fd, 4096) != 0) {
    perror("fast_backend: cannot listen");
    exit(1);
  }
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  printf("PORT %d\n", ntohs(address.sin_port));
  fflush(stdout);
  return fd;
}

void watch(int epoll, int fd, Connection* connection) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = connection;
  epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

int serve(uint16_t port) {
  const int listener = listenOn(port);
  const int epoll = epoll_create1(0);
  watch(epoll, listener, nullptr);
  for (;;) {
    epoll_event events[256];
    const int count = epoll_wait(epoll, events, 256, -1);
    for (int i = 0; i < count; ++i) {
      auto* const connection = static_cast<Connection*>(events[i].data.ptr);
      if (connection) {
        if (!connection->run(events[i].events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)))
          delete connection;
        continue;
      }
      for (int fd = 0; (fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) {
        watch(epoll, fd, new Connection(fd));
      }
    }
  }
}

}  // namespace
}  // namespace convoy::bench

int main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);
  return convoy::bench::serve(static_cast<uint16_t>(argc > 1 ? atoi(argv[1]) : 0));
}
