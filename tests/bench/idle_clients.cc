// idle_clients PORT COUNT PATH: the clients of the memory row of `make bench`. Opens COUNT
// connections to 127.0.0.1:PORT, one after the other, and gets PATH once on each; then prints
// "READY" and keeps them open and silent until its standard input ends. A connection that is
// refused, or not answered with 200 and a whole body, ends it with a message and status 1.
#include <arpa/inet.h>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <netinet/in.h>
#include <string>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace convoy::bench {
namespace {

int connectTo(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval patience{.tv_sec = 10, .tv_usec = 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  return connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 ? fd : -1;
}

// One answer with a Content-Length, whole.
bool answered(int fd) {
  std::string text;
  char buffer[16384];
  for (;;) {
    const size_t end = text.find("\r\n\r\n");
    if (end != std::string::npos) {
      if (text.compare(0, 12, "HTTP/1.1 200") != 0) return false;
      const char* const length = strcasestr(text.c_str(), "\r\ncontent-length:");
      if (!length) return false;
      if (text.size() >= end + 4 + strtoul(length + 17, nullptr, 10)) return true;
    }
    const ssize_t n = recv(fd, buffer, sizeof buffer, 0);
    if (n <= 0) return false;
    text.append(buffer, static_cast<size_t>(n));
  }
}

int run(uint16_t port, int count, const std::string& path) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  const std::string request = "GET " + path + " HTTP/1.1\r\nHost: bench.test\r\n\r\n";
  for (int i = 0; i < count; ++i) {
    const int fd = connectTo(port);
    const auto size = static_cast<ssize_t>(request.size());
    if (fd < 0 || send(fd, request.data(), request.size(), MSG_NOSIGNAL) != size || !answered(fd)) {
      fprintf(stderr, "idle_clients: connection %d of %d failed\n", i + 1, count);
      return 1;
    }
  }
  puts("READY");
  fflush(stdout);
  char byte = 0;
  while (read(STDIN_FILENO, &byte, 1) > 0) {
  }
  return 0;
}

}  // namespace
}  // namespace convoy::bench

int main(int argc, char** argv) {
  if (argc != 4) {
    fputs("usage: idle_clients PORT COUNT PATH\n", stderr);
    return 2;
  }
  return convoy::bench::run(static_cast<uint16_t>(atoi(argv[1])), atoi(argv[2]), argv[3]);
}
