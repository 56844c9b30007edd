#include "master/daemon.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "common/base/text.h"

namespace convoy::master {
namespace {

std::string takeVariable(const char* name) {
  const char* value = std::getenv(name);
  std::string out = value == nullptr ? "" : value;
  ::unsetenv(name);
  return out;
}

// A status is one line of the datagram.
std::string oneLine(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

bool isForUs(const std::string& pid) {
  return base::parseUint(pid).value_or(0) == static_cast<uint64_t>(::getpid());
}

}  // namespace

Notifier::Notifier(std::string address) : address_(std::move(address)) {
  if (address_.empty() || address_.size() >= sizeof(sockaddr_un::sun_path)) return;
  fd_.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

Notifier Notifier::fromEnvironment() {
  Notifier out(takeVariable("NOTIFY_SOCKET"));
  const std::string interval = takeVariable("WATCHDOG_USEC");
  const std::string pid = takeVariable("WATCHDOG_PID");
  if (pid.empty() || isForUs(pid)) out.watchdog_ms_ = base::parseUint(interval).value_or(0) / 1000;
  return out;
}

Json::Value Notifier::save() const {
  Json::Value out(Json::objectValue);
  out["address"] = address_;
  out["watchdog_ms"] = Json::Value::UInt64{watchdog_ms_};
  return out;
}

Notifier Notifier::restore(const Json::Value& saved) {
  std::string address;
  base::getString(saved, "address", &address);
  Notifier out(address);
  base::getUint(saved, "watchdog_ms", &out.watchdog_ms_);
  return out;
}

bool Notifier::send(const std::string& text, int fd) const {
  if (!fd_.valid()) return true;
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, address_.data(), address_.size());
  if (address_[0] == '@') to.sun_path[0] = '\0';
  // Path names end with their NUL, abstract names with their length.
  const size_t length = offsetof(sockaddr_un, sun_path) + address_.size() + (address_[0] != '@');
  iovec part{const_cast<char*>(text.data()), text.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_name = &to;
  message.msg_namelen = static_cast<socklen_t>(length);
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (fd >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    cmsghdr* rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(rights), &fd, sizeof(fd));
  }
  // Nobody may be there any more: the service manager's silence must not stop the proxy.
  if (::sendmsg(fd_.get(), &message, MSG_NOSIGNAL) >= 0) return true;
  return errno != EAGAIN && errno != EWOULDBLOCK && errno != ENOBUFS;
}

void Notifier::ready(const std::string& status) const {
  send("READY=1\nSTATUS=" + oneLine(status) + "\n");
}
void Notifier::reloading(uint64_t monotonic_us) const {
  send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(monotonic_us) + "\nSTATUS=Reloading\n");
}
void Notifier::stopping(const std::string& status) const {
  send("STOPPING=1\nSTATUS=" + oneLine(status) + "\n");
}
void Notifier::status(const std::string& status) const {
  send("STATUS=" + oneLine(status) + "\n");
}
void Notifier::watchdog() const {
  send("WATCHDOG=1\n");
}
void Notifier::extendTimeout(uint64_t microseconds) const {
  send("EXTEND_TIMEOUT_USEC=" + std::to_string(microseconds) + "\n");
}

bool Notifier::storeSocket(const std::string& name, int fd) const {
  return send("FDSTORE=1\nFDNAME=" + name + "\n", fd);
}
bool Notifier::forgetSocket(const std::string& name) const {
  return send("FDSTOREREMOVE=1\nFDNAME=" + name + "\n");
}

std::vector<InheritedSocket> takeListenFds() {
  constexpr int kFirst = 3;
  const std::string pid = takeVariable("LISTEN_PID");
  const uint64_t count = base::parseUint(takeVariable("LISTEN_FDS")).value_or(0);
  const std::string name_list = takeVariable("LISTEN_FDNAMES");
  const std::vector<std::string_view> names = base::split(name_list, ':');
  std::vector<InheritedSocket> out;
  if (!isForUs(pid) || count > 4096) return out;
  for (int fd = kFirst; fd < kFirst + static_cast<int>(count); ++fd) {
    // Above the numbers that a worker's control socket may want.
    base::UniqueFd moved(::fcntl(fd, F_DUPFD_CLOEXEC, 10));
    ::close(fd);
    if (!moved.valid()) continue;
    ::fcntl(moved.get(), F_SETFL, ::fcntl(moved.get(), F_GETFL) | O_NONBLOCK);
    const size_t index = static_cast<size_t>(fd - kFirst);
    out.push_back({std::move(moved), std::string(index < names.size() ? names[index] : "")});
  }
  return out;
}

}  // namespace convoy::master
