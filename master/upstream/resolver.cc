#include "master/upstream/resolver.h"

#include <algorithm>
#include <arpa/inet.h>
#include <fcntl.h>
#include <map>
#include <netinet/in.h>
#include <unistd.h>

#include <ares.h>

#include "common/base/unique_fd.h"

namespace convoy::master {
namespace {

using Family = config::Cluster::DnsFamily;

int familyOf(Family family) {
  switch (family) {
    case Family::V4Only:
      return AF_INET;
    case Family::V6Only:
      return AF_INET6;
    default:
      return AF_UNSPEC;
  }
}

struct Sorted {
  std::vector<std::string> v4, v6;
  uint64_t ttl_ms = 0;
};

Sorted sortNodes(const ares_addrinfo& info) {
  Sorted out;
  for (const ares_addrinfo_node* node = info.nodes; node != nullptr; node = node->ai_next) {
    char text[INET6_ADDRSTRLEN];
    if (node->ai_family == AF_INET) {
      const auto* in = reinterpret_cast<const sockaddr_in*>(node->ai_addr);
      ::inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text));
      out.v4.emplace_back(text);
    } else if (node->ai_family == AF_INET6) {
      const auto* in6 = reinterpret_cast<const sockaddr_in6*>(node->ai_addr);
      ::inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof(text));
      out.v6.emplace_back(text);
    } else {
      continue;
    }
    const uint64_t ttl = node->ai_ttl > 0 ? static_cast<uint64_t>(node->ai_ttl) * 1000 : 0;
    if (ttl != 0) out.ttl_ms = out.ttl_ms == 0 ? ttl : std::min(out.ttl_ms, ttl);
  }
  return out;
}

// Envoy: AUTO takes IPv6 and falls back to IPv4, V4_PREFERRED the other way round, ALL both.
std::vector<std::string> choose(Sorted& found, Family family) {
  switch (family) {
    case Family::V4Only:
      return std::move(found.v4);
    case Family::V6Only:
      return std::move(found.v6);
    case Family::Auto:
      return found.v6.empty() ? std::move(found.v4) : std::move(found.v6);
    case Family::V4Preferred:
      return found.v4.empty() ? std::move(found.v6) : std::move(found.v4);
    case Family::All:
      found.v4.insert(found.v4.end(), found.v6.begin(), found.v6.end());
      return std::move(found.v4);
  }
  return std::move(found.v4);
}

class AresResolver final : public Resolver {
 public:
  explicit AresResolver(net::EventLoop& loop) : loop_(loop) {
    timer_ = loop_.createTimer([this] { process(ARES_SOCKET_BAD, ARES_SOCKET_BAD); });
  }

  ~AresResolver() override {
    // Cancelled questions come back from here; they must not call out.
    closing_ = true;
    if (channel_ != nullptr) ares_destroy(channel_);
  }

  base::Status open(const ResolverOptions& options) {
    int status = ares_library_init(ARES_LIB_INIT_ALL);
    ares_options ares{};
    ares.timeout = options.timeout_ms;
    ares.tries = options.tries;
    ares.sock_state_cb = [](void* self, ares_socket_t fd, int readable, int writable) {
      static_cast<AresResolver*>(self)->onSocketState(fd, readable != 0, writable != 0);
    };
    ares.sock_state_cb_data = this;
    if (status == ARES_SUCCESS) {
      status = ares_init_options(&channel_, &ares,
                                 ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB);
    }
    if (status == ARES_SUCCESS && !options.servers.empty()) {
      status = ares_set_servers_ports_csv(channel_, options.servers.c_str());
    }
    if (status == ARES_SUCCESS) return {};
    return base::Error::make(base::ErrorKind::Internal,
                             std::string("c-ares: ") + ares_strerror(status));
  }

  void resolve(const std::string& name, Family family, Callback callback) override {
    ++pending_;
    auto* question = new Question{this, family, std::move(callback)};
    ares_addrinfo_hints hints{};
    hints.ai_family = familyOf(family);
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = ARES_AI_NOSORT;
    ares_getaddrinfo(
        channel_, name.c_str(), nullptr, &hints,
        [](void* arg, int status, int, ares_addrinfo* info) {
          std::unique_ptr<Question> own(static_cast<Question*>(arg));
          own->resolver->onAnswer(*own, status, info);
        },
        question);
    armTimer();
  }

  uint64_t pending() const override { return pending_; }

 private:
  struct Question {
    AresResolver* resolver;
    Family family;
    Callback callback;
  };
  // c-ares closes its sockets from inside our callbacks; a duplicate of our own stays valid until
  // its watcher is gone.
  struct Socket {
    base::UniqueFd duplicate;
    std::unique_ptr<net::FdWatcher> watcher;
  };

  void onAnswer(Question& question, int status, ares_addrinfo* info) {
    DnsAnswer answer;
    if (status == ARES_SUCCESS && info != nullptr) {
      Sorted found = sortNodes(*info);
      answer.ttl_ms = found.ttl_ms;
      answer.addresses = choose(found, question.family);
    }
    if (info != nullptr) ares_freeaddrinfo(info);
    answer.ok = !answer.addresses.empty();
    if (!answer.ok) {
      answer.error = ares_strerror(status == ARES_SUCCESS ? ARES_ENODATA : status);
    }
    if (closing_) return;
    --pending_;
    // c-ares may answer from inside resolve(), and its channel must not be re-entered.
    loop_.post([callback = std::move(question.callback), answer = std::move(answer),
                alive = std::weak_ptr<int>(alive_)] {
      if (!alive.expired()) callback(answer);
    });
  }

  void onSocketState(ares_socket_t fd, bool readable, bool writable) {
    const uint32_t events = (readable ? net::kReadable : 0) | (writable ? net::kWritable : 0);
    const auto it = sockets_.find(fd);
    if (events == 0) {
      if (it == sockets_.end()) return;
      it->second->watcher->setEvents(0);
      if (!closing_) loop_.post([gone = it->second] { gone->watcher.reset(); });
      sockets_.erase(it);
    } else if (it == sockets_.end()) {
      watch(fd, events);
    } else {
      it->second->watcher->setEvents(events);
    }
  }

  void watch(ares_socket_t fd, uint32_t events) {
    auto socket = std::make_shared<Socket>();
    socket->duplicate.reset(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
    if (!socket->duplicate.valid()) return;  // the question then ends by its timeout
    socket->watcher = loop_.watchFd(socket->duplicate.get(), events, [this, fd](uint32_t ready) {
      process((ready & net::kReadable) != 0 ? fd : ARES_SOCKET_BAD,
              (ready & net::kWritable) != 0 ? fd : ARES_SOCKET_BAD);
    });
    sockets_[fd] = std::move(socket);
  }

  void process(ares_socket_t readable, ares_socket_t writable) {
    ares_process_fd(channel_, readable, writable);
    armTimer();
  }

  void armTimer() {
    timeval longest{1, 0};
    timeval wait{};
    if (pending_ == 0 || ares_timeout(channel_, &longest, &wait) == nullptr) {
      timer_->stop();
      return;
    }
    timer_->start(static_cast<uint64_t>(wait.tv_sec) * 1000 +
                  static_cast<uint64_t>(wait.tv_usec) / 1000 + 1);
  }

  net::EventLoop& loop_;
  ares_channel channel_ = nullptr;
  bool closing_ = false;
  uint64_t pending_ = 0;
  std::map<ares_socket_t, std::shared_ptr<Socket>> sockets_;
  std::unique_ptr<net::Timer> timer_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace

base::Result<std::unique_ptr<Resolver>> makeResolver(net::EventLoop& loop,
                                                     const ResolverOptions& options) {
  auto resolver = std::make_unique<AresResolver>(loop);
  const base::Status opened = resolver->open(options);
  if (!opened.ok()) return opened.error();
  return std::unique_ptr<Resolver>(std::move(resolver));
}

}  // namespace convoy::master
