// tls_client PORT PATH full|resumed SECONDS AT_A_TIME: the client of the handshake rows of `make
// bench`. Each of AT_A_TIME threads goes round: connect, TLS 1.3 handshake, GET PATH with
// "Connection: close", read the answer to its end. full: never offers a session; resumed: each
// connection has the ticket of the thread's connection before, and its first one is not counted. A
// handshake of the other kind, an answer that is not 200, or an error is a failure. Prints
// "responses N failures F p50_us X p99_us Y".
#include <algorithm>
#include <arpa/inet.h>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace convoy::bench {
namespace {

using Clock = std::chrono::steady_clock;
using SslPtr = std::unique_ptr<SSL, decltype(&SSL_free)>;
using ContextPtr = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using SessionPtr = std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)>;

struct Plan {
  uint16_t port = 0;
  std::string request;
  bool resumed = false;
  Clock::time_point end;
};

int connectTo(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  const timeval patience{10, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
  close(fd);
  return -1;
}

class Visitor {
 public:
  explicit Visitor(const Plan& plan) : plan_(plan) {
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_3_VERSION);
    SSL_CTX_set_session_cache_mode(context_.get(),
                                   SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_set_app_data(context_.get(), this);
    SSL_CTX_sess_set_new_cb(context_.get(), [](SSL* ssl, SSL_SESSION* session) {
      auto* self = static_cast<Visitor*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
      self->session_.reset(session);
      return 1;
    });
  }

  void run() {
    if (plan_.resumed) visit(false);
    while (Clock::now() < plan_.end) {
      const Clock::time_point begun = Clock::now();
      if (visit(plan_.resumed)) {
        times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begun).count());
      } else if (++failures > 100) {
        return;
      }
    }
  }

  std::vector<double> times;
  int failures = 0;

 private:
  bool visit(bool resume) {
    const int fd = connectTo(plan_.port);
    if (fd < 0) return false;
    const bool good = talk(fd, resume);
    close(fd);
    return good;
  }

  bool talk(int fd, bool resume) {
    const SslPtr ssl(SSL_new(context_.get()), SSL_free);
    SSL_set_fd(ssl.get(), fd);
    SSL_set_tlsext_host_name(ssl.get(), "bench.test");
    if (resume && session_) {
      // OpenSSL spends a session by its use, and not every server renews the ticket.
      const SessionPtr offered(SSL_SESSION_dup(session_.get()), SSL_SESSION_free);
      SSL_set_session(ssl.get(), offered.get());
    }
    if (SSL_connect(ssl.get()) != 1) return false;
    if ((SSL_session_reused(ssl.get()) == 1) != resume) return false;
    if (SSL_write(ssl.get(), plan_.request.data(), static_cast<int>(plan_.request.size())) <= 0) {
      return false;
    }
    char first[16] = {};
    size_t kept = 0;
    char buffer[16384];
    for (int n = 0; (n = SSL_read(ssl.get(), buffer, sizeof buffer)) > 0;) {
      const size_t more = std::min(static_cast<size_t>(n), sizeof first - kept);
      memcpy(first + kept, buffer, more);
      kept += more;
    }
    SSL_shutdown(ssl.get());
    return kept >= 12 && memcmp(first, "HTTP/1.1 200", 12) == 0;
  }

  const Plan& plan_;
  ContextPtr context_{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
  SessionPtr session_{nullptr, SSL_SESSION_free};
};

double quantile(const std::vector<double>& sorted, double of) {
  return sorted[std::min(sorted.size() - 1,
                         static_cast<size_t>(of * static_cast<double>(sorted.size())))];
}

int drive(Plan plan, int seconds, size_t threads) {
  plan.end = Clock::now() + std::chrono::seconds(seconds);
  std::vector<std::unique_ptr<Visitor>> visitors;
  std::vector<std::thread> running;
  for (size_t i = 0; i < threads; ++i) {
    visitors.push_back(std::make_unique<Visitor>(plan));
    running.emplace_back([visitor = visitors.back().get()] { visitor->run(); });
  }
  std::vector<double> times;
  int failures = 0;
  for (size_t i = 0; i < threads; ++i) {
    running[i].join();
    times.insert(times.end(), visitors[i]->times.begin(), visitors[i]->times.end());
    failures += visitors[i]->failures;
  }
  if (times.empty()) {
    fprintf(stderr, "tls_client: no connection was good\n");
    return 1;
  }
  std::sort(times.begin(), times.end());
  printf("responses %zu failures %d p50_us %.1f p99_us %.1f\n", times.size(), failures,
         quantile(times, 0.5), quantile(times, 0.99));
  return 0;
}

}  // namespace
}  // namespace convoy::bench

int main(int argc, char** argv) {
  if (argc != 6) {
    fprintf(stderr, "usage: tls_client PORT PATH full|resumed SECONDS AT_A_TIME\n");
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  convoy::bench::Plan plan;
  plan.port = static_cast<uint16_t>(atoi(argv[1]));
  plan.request =
      std::string("GET ") + argv[2] + " HTTP/1.1\r\nHost: bench.test\r\nConnection: close\r\n\r\n";
  plan.resumed = strcmp(argv[3], "resumed") == 0;
  return convoy::bench::drive(plan, atoi(argv[4]), static_cast<size_t>(atoi(argv[5])));
}
