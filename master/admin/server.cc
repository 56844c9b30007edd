#include "master/admin/server.h"

#include <algorithm>
#include <cerrno>
#include <sys/socket.h>
#include <unordered_map>
#include <utility>

#include "common/base/log.h"
#include "common/net/address.h"
#include "common/net/poller.h"
#include "master/admin/access_log.h"
#include "master/admin/connection.h"
#include "master/admin/endpoints.h"

namespace convoy::master {

namespace {

constexpr size_t kMaxConnections = 256;
constexpr int kAcceptsPerWake = 16;
constexpr uint64_t kBackOffMs = 200;
// What has a level of its own in the log, here or in the workers: a logger comes to be with its
// first line, but /logging shows and changes it before.
constexpr const char* kLogComponents[] = {"access_log", "admin", "config",
                                          "listener",   "main",  "upstream"};

class AdminServerImpl final : public AdminServer,
                              private net::PollHandler,
                              private AdminConnectionOwner {
 public:
  AdminServerImpl(net::EventLoop& loop, base::UniqueFd listening, AdminContext& context,
                  Serves serves)
      : loop_(loop), fd_(std::move(listening)), context_(context), serves_(serves) {
    for (const char* component : kLogComponents) base::logger(component);
    loop.poller().setMayFork();  // workers are started while admin connections close
    timer_ = loop.createTimer([this] { listen(); });
    listen();
  }
  ~AdminServerImpl() override { stopListening(); }

  uint64_t connectionsTotal() const override { return connections_total_; }
  int listeningFd() const override { return fd_.get(); }
  bool quiet() override {
    const auto asks = [](const auto& entry) { return entry.second->expectsRequest(); };
    if (unreadBytes() == 0 && std::none_of(connections_.begin(), connections_.end(), asks)) {
      return true;
    }
    // Who comes now waits in the queue, which outlives this program; else it might never be quiet.
    stopListening();
    timer_->start(kBackOffMs);
    return false;
  }
  void setAccessLogs(const std::vector<config::AccessLog>& logs) override {
    access_log_.open(logs);
  }

 private:
  void listen() {
    if (listening_) return;
    listening_ = loop_.poller().addLevel(fd_.get(), *this);
    if (!listening_) timer_->start(kBackOffMs);
  }
  void stopListening() {
    if (!std::exchange(listening_, false)) return;
    loop_.poller().remove(fd_.get());
    loop_.poller().forget(*this);
  }

  void onIo(uint32_t) override;
  void accepted(base::UniqueFd fd, const net::Address& peer);
  void answer(const AdminRequest& request, Reply reply) override {
    count("http.admin.downstream_rq_total");
    count("http.admin.downstream_rq_http1_total");
    if (serves_ == Serves::Metrics) return dispatchMetrics(context_, request, std::move(reply));
    dispatch(context_, request, std::move(reply));
  }
  size_t unreadBytes() const override {
    size_t sum = 0;
    for (const auto& [raw, connection] : connections_) sum += connection->unreadBytes();
    return sum;
  }
  void onRequestDone(AdminConnection& connection) override;
  void onClosed(AdminConnection& connection) override;
  void countBytes(AdminConnection& connection) {
    count("http.admin.downstream_cx_rx_bytes_total", connection.takeBytesRead());
    count("http.admin.downstream_cx_tx_bytes_total", connection.takeBytesWritten());
  }
  void count(const char* name, uint64_t n = 1) { context_.aggregate().addCounter(name, n); }
  void showActive();

  net::EventLoop& loop_;
  base::UniqueFd fd_;
  AdminContext& context_;
  const Serves serves_;
  AdminAccessLog access_log_;
  std::unique_ptr<net::Timer> timer_;
  bool listening_ = false;
  uint64_t connections_total_ = 0;
  std::unordered_map<AdminConnection*, std::unique_ptr<AdminConnection>> connections_;
};

void AdminServerImpl::onIo(uint32_t) {
  for (int i = 0; i < kAcceptsPerWake; ++i) {
    sockaddr_storage storage{};
    socklen_t length = sizeof(storage);
    auto* address = reinterpret_cast<sockaddr*>(&storage);
    base::UniqueFd fd(::accept4(fd_.get(), address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (fd.valid()) {
      accepted(std::move(fd), net::Address::fromSockaddr(address, length));
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
      // Level triggered: without a pause this would spin until a descriptor is free.
      stopListening();
      timer_->start(kBackOffMs);
      return;
    } else if (errno == EAGAIN) {
      return;
    }
  }
}

void AdminServerImpl::accepted(base::UniqueFd fd, const net::Address& peer) {
  if (connections_.size() >= kMaxConnections) {
    count("listener.admin.downstream_cx_overflow");
    return;
  }
  auto local = net::Address::localOf(fd.get());
  const net::Address here = local.ok() ? local.value() : net::Address();
  auto connection = std::make_unique<AdminConnection>(loop_, std::move(fd), peer, here,
                                                      static_cast<AdminConnectionOwner&>(*this));
  AdminConnection* raw = connection.get();
  connections_.emplace(raw, std::move(connection));
  ++connections_total_;
  count("listener.admin.downstream_cx_total");
  count("listener.admin.main_thread.downstream_cx_total");
  count("http.admin.downstream_cx_total");
  count("http.admin.downstream_cx_http1_total");
  showActive();
  if (!raw->start()) onClosed(*raw);
}

void AdminServerImpl::showActive() {
  Aggregate& a = context_.aggregate();
  for (const char* name :
       {"listener.admin.downstream_cx_active", "listener.admin.main_thread.downstream_cx_active",
        "http.admin.downstream_cx_active", "http.admin.downstream_cx_http1_active"}) {
    a.setGauge(name, connections_.size());
  }
}

void AdminServerImpl::onRequestDone(AdminConnection& connection) {
  const uint64_t duration_us = loop_.nowUs() - connection.startUs();
  const std::string cls = std::to_string(connection.status() / 100) + "xx";
  count("http.admin.downstream_rq_completed");
  count(("http.admin.downstream_rq_" + cls).c_str());
  count("listener.admin.http.admin.downstream_rq_completed");
  count(("listener.admin.http.admin.downstream_rq_" + cls).c_str());
  context_.aggregate().observe("http.admin.downstream_rq_time", duration_us);
  countBytes(connection);
  AdminLogEntry entry;
  entry.request = &connection.requestHead();
  entry.target = connection.target();
  entry.status = connection.status();
  entry.bytes_received = connection.bodyReceived();
  entry.bytes_sent = connection.bodySent();
  entry.start_wall_us = connection.startWallUs();
  entry.duration_us = duration_us;
  entry.peer = &connection.peer();
  entry.local = &connection.local();
  access_log_.write(entry);
}

void AdminServerImpl::onClosed(AdminConnection& connection) {
  auto it = connections_.find(&connection);
  if (it == connections_.end()) return;
  countBytes(connection);
  const uint64_t lived_us = loop_.nowUs() - connection.createdUs();
  for (const char* name :
       {"listener.admin.downstream_cx_destroy", "http.admin.downstream_cx_destroy"}) {
    count(name);
  }
  context_.aggregate().observe("listener.admin.downstream_cx_length_ms", lived_us);
  context_.aggregate().observe("http.admin.downstream_cx_length_ms", lived_us);
  loop_.deferDelete(std::move(it->second));
  connections_.erase(it);
  showActive();
}

}  // namespace

std::unique_ptr<AdminServer> AdminServer::create(net::EventLoop& loop, base::UniqueFd listening,
                                                 AdminContext& context, Serves serves) {
  return std::make_unique<AdminServerImpl>(loop, std::move(listening), context, serves);
}

}  // namespace convoy::master
