#include "tests/fakes/admin_world.h"

#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/net/address.h"
#include "common/net/socket.h"

namespace convoy::fakes {

namespace {

net::Address addressOf(const std::string& unix_path, uint16_t port) {
  auto address = unix_path.empty() ? net::Address::fromIp("127.0.0.1", port)
                                   : net::Address::fromUnixPath(unix_path);
  return address.value();
}

std::string unchunk(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    char* end = nullptr;
    const std::string line(text.substr(0, text.find("\r\n")));
    const size_t size = std::strtoul(line.c_str(), &end, 16);
    if (size == 0) break;
    text.remove_prefix(line.size() + 2);
    out += text.substr(0, size);
    text.remove_prefix(std::min(text.size(), size + 2));
  }
  return out;
}

}  // namespace

HttpAnswer parseAnswer(const std::string& text) {
  HttpAnswer out;
  const size_t end = text.find("\r\n\r\n");
  if (end == std::string::npos || text.size() < 12) return out;
  out.head = base::lowered(text.substr(0, end + 2));
  out.status = std::atoi(text.c_str() + 9);
  out.body = text.substr(end + 4);
  if (out.head.find("transfer-encoding: chunked") != std::string::npos) {
    out.body = unchunk(out.body);
  }
  return out;
}

AdminWorld::AdminWorld(const std::vector<std::string>& clusters, const std::string& unix_path,
                       const std::vector<config::AccessLog>& logs)
    : context(clusters), unix_path_(unix_path) {
  auto listening = net::listenOn(addressOf(unix_path, 0), {});
  CHECK(listening.ok());
  listening_ = std::move(listening).value();
  if (unix_path.empty()) port_ = net::Address::localOf(listening_.get()).value().port();
  int fds[2];
  CHECK(::pipe(fds) == 0);
  wake_read_ = fds[0];
  wake_write_ = fds[1];
  thread_ = std::thread([this, logs] { run(logs); });
}

AdminWorld::~AdminWorld() {
  CHECK(::write(wake_write_, "q", 1) == 1);
  thread_.join();
  ::close(wake_read_);
  ::close(wake_write_);
}

void AdminWorld::run(const std::vector<config::AccessLog>& logs) {
  net::EventLoop loop;
  auto server = master::AdminServer::create(loop, std::move(listening_), context);
  server->setAccessLogs(logs);
  auto wake = loop.watchFd(wake_read_, net::kReadable, [&](uint32_t) {
    char what = 0;
    if (::read(wake_read_, &what, 1) != 1 || what == 'q') return loop.stop();
    action_();
  });
  loop.run();
}

void AdminWorld::inLoop(std::function<void()> action) {
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
  action_ = [&] {
    action();
    std::lock_guard lock(mutex);
    done = true;
    changed.notify_one();
  };
  CHECK(::write(wake_write_, "a", 1) == 1);
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return done; });
}

base::UniqueFd AdminWorld::connect() const {
  const net::Address address = addressOf(unix_path_, port_);
  base::UniqueFd fd(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval timeout{10, 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
  CHECK(::connect(fd.get(), address.sockaddrPtr(), address.sockaddrLength()) == 0);
  return fd;
}

HttpAnswer AdminWorld::send(const std::string& method, const std::string& target,
                            const std::string& fields, const std::string& body) const {
  std::string request = method + " " + target + " HTTP/1.1\r\n";
  if (fields.find("Host:") == std::string::npos) request += "Host: " + host() + "\r\n";
  request += "Connection: close\r\n" + fields;
  if (!body.empty()) request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return parseAnswer(raw(request + "\r\n" + body));
}

std::string AdminWorld::raw(const std::string& bytes) const {
  base::UniqueFd fd = connect();
  size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t n = ::send(fd.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) break;  // refused early: its answer is still to be read
    sent += static_cast<size_t>(n);
  }
  ::shutdown(fd.get(), SHUT_WR);
  std::string out;
  char buffer[16384];
  for (ssize_t n = 0; (n = ::recv(fd.get(), buffer, sizeof(buffer), 0)) > 0;) {
    out.append(buffer, static_cast<size_t>(n));
  }
  return out;
}

}  // namespace convoy::fakes
