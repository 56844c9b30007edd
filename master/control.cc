#include "master/control.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/json.h"
#include "common/base/text.h"

namespace convoy::master {
namespace {

constexpr size_t kMaxText = 60000;  // one datagram
constexpr size_t kMaxClients = 64;

struct UnixName {
  sockaddr_un name{};
  socklen_t length = 0;
};

base::Result<UnixName> unixName(const std::string& address) {
  UnixName out;
  if (address.empty() || address.size() >= sizeof(out.name.sun_path)) {
    return base::Error::make(
        base::ErrorKind::InvalidArgument,
        "control socket \"" + address + "\" is empty or longer than 107 bytes");
  }
  out.name.sun_family = AF_UNIX;
  std::memcpy(out.name.sun_path, address.data(), address.size());
  const bool abstract = address[0] == '@';
  if (abstract) out.name.sun_path[0] = '\0';
  out.length =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.size() + (abstract ? 0 : 1));
  return out;
}

bool connectTo(int fd, const UnixName& to) {
  return ::connect(fd, reinterpret_cast<const sockaddr*>(&to.name), to.length) == 0;
}

base::UniqueFd seqpacket(int flags) {
  return base::UniqueFd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | flags, 0));
}

ucred peerOf(int fd) {
  ucred out{};
  socklen_t length = sizeof(out);
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &out, &length) != 0) {
    out.uid = static_cast<uid_t>(-1);
    out.pid = 0;
  }
  return out;
}

bool isTrusted(uid_t uid) {
  return uid == 0 || uid == ::geteuid();
}

std::string hashText(const std::string& text) {  // FNV-1a: a name, not a secret
  uint64_t h = 0xcbf29ce484222325ull;
  for (char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  char out[17];
  std::snprintf(out, sizeof(out), "%016llx", static_cast<unsigned long long>(h));
  return out;
}

std::string replyText(const ControlReply& reply) {
  Json::Value v(Json::objectValue);
  v["ok"] = reply.ok;
  v["text"] = reply.text.substr(0, kMaxText);
  return base::writeJson(v);
}

// A file on which nobody answers is left over from a master that was killed.
void removeStale(const std::string& address, const UnixName& name) {
  struct stat info {};
  if (address[0] == '@' || ::stat(address.c_str(), &info) != 0 || !S_ISSOCK(info.st_mode)) return;
  base::UniqueFd probe = seqpacket(0);
  if (!connectTo(probe.get(), name) && errno == ECONNREFUSED) ::unlink(address.c_str());
}

}  // namespace

std::string controlAddressOfPid(uint32_t pid) {
  return "@convoy/pid-" + std::to_string(pid);
}

std::set<uint32_t> mastersIn(const std::string& table) {
  const std::string start = "@convoy/pid-";
  std::set<uint32_t> out;
  // The sockets of its clients have the name, too: each pid counts once.
  for (size_t at = table.find(start); at != std::string::npos; at = table.find(start, at + 1)) {
    const size_t first = at + start.size();
    const size_t end = std::min(table.find_first_not_of("0123456789", first), table.size());
    const auto pid = base::parseUint(std::string_view(table).substr(first, end - first));
    if (pid && *pid > 0 && *pid <= INT32_MAX) out.insert(static_cast<uint32_t>(*pid));
  }
  return out;
}

std::vector<std::string> controlAddresses(const std::string& explicit_path,
                                          const std::string& runtime_directory,
                                          const std::string& config_path, uint32_t pid) {
  std::vector<std::string> out;
  if (!explicit_path.empty()) {
    out.push_back(explicit_path);
  } else if (!runtime_directory.empty()) {
    // systemd separates several directories by colons.
    out.push_back(runtime_directory.substr(0, runtime_directory.find(':')) + "/control.sock");
  } else if (!config_path.empty()) {
    std::error_code ignored;
    out.push_back("@convoy/config-" +
                  hashText(std::filesystem::absolute(config_path, ignored).lexically_normal()));
  }
  if (pid != 0) out.push_back(controlAddressOfPid(pid));
  return out;
}

struct ControlServer::Client {
  base::UniqueFd fd;
  std::unique_ptr<net::FdWatcher> watcher;
  bool asked = false;
  std::string command;
};

ControlServer::Listening::~Listening() {
  watcher.reset();
  if (!address.empty() && address[0] != '@') ::unlink(address.c_str());
}

ControlServer::ControlServer(net::EventLoop& loop, OnCommand on_command)
    : loop_(loop), on_command_(std::move(on_command)) {}
ControlServer::~ControlServer() = default;

base::Status ControlServer::listen(const std::string& address) {
  auto name = unixName(address);
  if (!name.ok()) return name.error();
  removeStale(address, *name);
  base::UniqueFd fd = seqpacket(SOCK_NONBLOCK);
  const mode_t before = ::umask(0177);
  const int bound = ::bind(fd.get(), reinterpret_cast<sockaddr*>(&name->name), name->length);
  const int error = errno;
  ::umask(before);
  if (bound != 0 || ::listen(fd.get(), 16) != 0) {
    return base::Error::fromErrno(bound != 0 ? error : errno, "control socket " + address);
  }
  auto listening = std::make_unique<Listening>();
  listening->address = address;
  listening->fd = std::move(fd);
  watch(std::move(listening));
  return {};
}

void ControlServer::watch(std::unique_ptr<Listening> listening) {
  const int raw = listening->fd.get();
  listening->watcher = loop_.watchFd(raw, net::kReadable, [this, raw](uint32_t) { onAccept(raw); });
  listening_.push_back(std::move(listening));
}

Json::Value ControlServer::save(const std::string& command, Bequest& bequest) const {
  Json::Value out(Json::objectValue);
  Json::Value& addresses = out["listening"] = Json::Value(Json::arrayValue);
  for (const auto& listening : listening_) {
    Json::Value one(Json::objectValue);
    one["address"] = listening->address;
    one["fd"] = bequest.give(listening->fd.get());
    addresses.append(std::move(one));
  }
  Json::Value& waiting = out["waiting"] = Json::Value(Json::arrayValue);
  for (const auto& client : clients_) {
    if (client->asked && client->command == command) waiting.append(bequest.give(client->fd.get()));
  }
  return out;
}

ControlServer::Reply ControlServer::restore(const std::string& command, const Json::Value& saved) {
  if (!saved.isObject()) return [](const ControlReply&) {};
  for (const Json::Value& one : saved["listening"]) {
    auto listening = std::make_unique<Listening>();
    listening->fd = takeFd(one, "fd");
    if (!listening->fd.valid() || !base::getString(one, "address", &listening->address)) continue;
    watch(std::move(listening));
  }
  std::vector<std::weak_ptr<Client>> waiting;
  for (const Json::Value& fd : saved["waiting"]) {
    base::UniqueFd copy = takeFd(fd);
    if (!copy.valid()) continue;
    const auto client = addClient(std::move(copy));
    client->asked = true;
    client->command = command;
    waiting.push_back(client);
  }
  return [this, waiting](const ControlReply& reply) {
    for (const auto& client : waiting) answer(client, reply);
  };
}

void ControlServer::onAccept(int fd) {
  base::UniqueFd accepted(::accept4(fd, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!accepted.valid() || !isTrusted(peerOf(accepted.get()).uid)) return;
  if (clients_.size() >= kMaxClients) return;
  addClient(std::move(accepted));
}

std::shared_ptr<ControlServer::Client> ControlServer::addClient(base::UniqueFd fd) {
  auto client = std::make_shared<Client>();
  client->fd = std::move(fd);
  Client* raw = client.get();
  client->watcher =
      loop_.watchFd(raw->fd.get(), net::kReadable, [this, raw](uint32_t) { serve(*raw); });
  clients_.push_back(client);
  return client;
}

void ControlServer::answer(const std::weak_ptr<Client>& client, const ControlReply& reply) {
  const auto alive = client.lock();
  if (alive == nullptr) return;
  const std::string text = replyText(reply);
  ::send(alive->fd.get(), text.data(), text.size(), MSG_NOSIGNAL);
  remove(alive.get());
}

void ControlServer::remove(Client* client) {
  const auto it = std::find_if(clients_.begin(), clients_.end(),
                               [client](const auto& c) { return c.get() == client; });
  if (it == clients_.end()) return;
  (*it)->watcher->setEvents(0);
  // This may run inside the watcher's own callback.
  loop_.post([gone = *it] { gone->watcher.reset(); });
  clients_.erase(it);
}

void ControlServer::serve(Client& client) {
  char bytes[8192];
  const ssize_t n = ::recv(client.fd.get(), bytes, sizeof(bytes), 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  auto request = base::parseJson(std::string_view(bytes, n > 0 ? static_cast<size_t>(n) : 0));
  ControlRequest asked;
  if (n <= 0 || client.asked || !request.ok() ||
      !base::getString(*request, "command", &asked.command)) {
    return remove(&client);
  }
  base::getBool(*request, "wait", &asked.wait);
  base::getString(*request, "argument", &asked.argument);
  client.asked = true;
  std::weak_ptr<Client> weak;
  for (const auto& known : clients_) {
    if (known.get() == &client) weak = known;
  }
  client.command = asked.command;
  const Reply reply = [this, weak](const ControlReply& what) { answer(weak, what); };
  on_command_(asked, reply);
}

namespace {

base::Error nobodyAnswers(const std::string& tried, bool denied) {
  std::string text = "error: no running convoy answers\n" + tried;
  text += denied ? "  help: it answers root and the user it runs as: use sudo\n"
                 : "  help: does it run? (systemctl status convoy, or pgrep -a convoy)\n";
  return base::Error::make(base::ErrorKind::NotFound,
                           text +
                               "  help: name it with --pid PID, with --control-path SOCKET, or "
                               "with the -c FILE it was started with");
}

}  // namespace

base::Result<ControlReply> askMaster(const std::vector<std::string>& addresses,
                                     const ControlRequest& request) {
  Json::Value asked(Json::objectValue);
  asked["command"] = request.command;
  asked["argument"] = request.argument;
  asked["wait"] = request.wait;
  const std::string question = base::writeJson(asked);
  std::string tried;
  bool denied = false;
  for (const std::string& address : addresses) {
    auto name = unixName(address);
    if (!name.ok()) return name.error();
    base::UniqueFd fd = seqpacket(0);
    if (!connectTo(fd.get(), *name)) {
      denied |= errno == EACCES || errno == EPERM;
      tried += "  tried: " + base::Error::fromErrno(errno, address).context + "\n";
      continue;
    }
    const ucred peer = peerOf(fd.get());
    // pid 0: a master of another container that shares our network, with the same path in it.
    if (peer.pid == 0 || !(isTrusted(peer.uid) || ::geteuid() == 0)) {
      denied |= peer.pid != 0;
      tried += "  tried: " + address + ": it belongs to another container or user\n";
      continue;
    }
    std::string text(kMaxText + 8192, '\0');
    ssize_t n = ::send(fd.get(), question.data(), question.size(), MSG_NOSIGNAL);
    if (n > 0) n = ::recv(fd.get(), text.data(), text.size(), 0);
    if (n <= 0) {
      return base::Error::make(base::ErrorKind::Closed,
                               "error: the running convoy closed the connection without an answer\n"
                               "  help: it ended, or it runs as another user: it answers only that "
                               "one and root; its log says which");
    }
    text.resize(static_cast<size_t>(n));
    ControlReply reply;
    auto parsed = base::parseJson(text);
    if (!parsed.ok() || !base::getBool(*parsed, "ok", &reply.ok) ||
        !base::getString(*parsed, "text", &reply.text)) {
      return base::Error::make(base::ErrorKind::Protocol,
                               "error: the answer of the running convoy does not parse: is it of "
                               "another version?");
    }
    return reply;
  }
  return nobodyAnswers(tried, denied);
}

}  // namespace convoy::master
