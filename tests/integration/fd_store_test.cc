// Promise: a service manager keeps the listening sockets, so that a restart, even after a crash of
// the master, serves the clients that came meanwhile.
#include <algorithm>
#include <csignal>
#include <cstring>
#include <map>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/load_client.h"

namespace convoy::fakes {
namespace {

// What systemd is to a service with FileDescriptorStoreMax=.
class Store {
 public:
  Store() : fd_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    strncpy(address.sun_path, path().c_str(), sizeof(address.sun_path) - 1);
    bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address));
  }
  std::string path() const { return dir_.path("notify"); }
  // Takes datagrams until `n` sockets are kept. False at the limit.
  bool holds(size_t n) {
    const Deadline deadline(Millis(8000));
    while (kept.size() != n) {
      pollfd ready{fd_.get(), POLLIN, 0};
      if (poll(&ready, 1, deadline.leftMs()) <= 0) return false;
      take();
    }
    return true;
  }
  std::vector<int> fds() const {
    std::vector<int> out;
    for (const auto& [name, fd] : kept) out.push_back(fd.get());
    return out;
  }
  std::string names() const {
    std::string out;
    for (const auto& [name, fd] : kept) out += (out.empty() ? "" : ":") + name;
    return out;
  }
  std::map<std::string, base::UniqueFd> kept;

 private:
  void take() {
    char bytes[4096];
    iovec part{bytes, sizeof(bytes)};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    const ssize_t n = recvmsg(fd_.get(), &message, MSG_CMSG_CLOEXEC);
    const std::string text(bytes, n > 0 ? static_cast<size_t>(n) : 0);
    const size_t at = text.find("FDNAME=");
    if (at == std::string::npos) return;
    const std::string name = text.substr(at + 7, text.find('\n', at) - at - 7);
    if (text.rfind("FDSTOREREMOVE=1\n", 0) == 0) kept.erase(name);
    const cmsghdr* rights = CMSG_FIRSTHDR(&message);
    if (text.rfind("FDSTORE=1\n", 0) != 0 || rights == nullptr) return;
    int fd = -1;
    memcpy(&fd, CMSG_DATA(rights), sizeof(fd));
    kept[name].reset(fd);
  }
  TempDir dir_;
  base::UniqueFd fd_;
};

ConvoyProcess::Options under(const Store& store) {
  ConvoyProcess::Options options;
  options.environment = {{"NOTIFY_SOCKET", store.path()}};
  return options;
}

// The master and, as the service manager does, what it leaves behind.
void killAll(const ConvoyProcess& convoy) {
  const auto workers = convoy.workers();
  convoy.signal(SIGKILL);
  for (pid_t worker : workers) kill(worker, SIGKILL);
}

TEST(FdStore, ClientsThatCameWhileTheMasterWasDeadAreServedByTheNext) {
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::direct(200, "ok"));
  Store store;
  auto first = std::make_unique<ConvoyProcess>(config, under(store));
  ASSERT_TRUE(store.holds(2));
  EXPECT_EQ(store.names(), "l0.s0:l0.s1");
  killAll(*first);
  ASSERT_TRUE(first->wait(Millis(5000)));
  std::vector<RawClient> clients;
  for (int i = 0; i < 20; ++i) {
    clients.emplace_back(port, Millis(10000));
    ASSERT_TRUE(clients.back().connected()) << clients.back().lastError();
    ASSERT_TRUE(clients.back().send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  }
  ConvoyProcess::Options options = under(store);
  options.environment.emplace_back("LISTEN_FDNAMES", store.names());
  options.listen_fds = store.fds();
  ConvoyProcess second(config, options);
  for (RawClient& client : clients) EXPECT_EQ(client.readResponse().status, 200);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(httpGet(port, "/").status, 200);
  // Still the same two, whatever reloads come.
  ASSERT_EQ(second.reload().status, 0);
  EXPECT_TRUE(store.holds(2));
}

TEST(FdStore, WorkersThatTheDeadMasterLeftMakeRoomAtOnceForTheNext) {
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::direct(200, "ok"));
  Store store;
  auto first = std::make_unique<ConvoyProcess>(config, under(store));
  ASSERT_TRUE(store.holds(2));
  const auto orphans = first->workers();
  LoadClient::Options load;
  load.connections = 8;
  LoadClient clients(port, load);
  ASSERT_TRUE(eventually([&] { return clients.succeeded() > 200; }));
  first->signal(SIGKILL);
  ASSERT_TRUE(first->wait(Millis(5000)));
  ConvoyProcess::Options options = under(store);
  options.environment.emplace_back("LISTEN_FDNAMES", store.names());
  options.listen_fds = store.fds();
  ConvoyProcess second(config, options);
  const auto gone = [](pid_t pid) {
    const std::string stat = readFile("/proc/" + std::to_string(pid) + "/stat");
    return stat.empty() || stat.find(") Z") != std::string::npos;
  };
  EXPECT_TRUE(eventually([&] { return std::all_of(orphans.begin(), orphans.end(), gone); }));
  for (int i = 0; i < 40; ++i) EXPECT_EQ(httpGet(port, "/").status, 200);
  clients.stop();
  EXPECT_EQ(clients.failed(), 0u) << clients.failures();
  for (pid_t pid : orphans) {
    if (!gone(pid)) kill(pid, SIGKILL);
  }
}

TEST(FdStore, WhatNoListenerUsesAnyMoreIsForgotten) {
  const uint16_t port = freePort(), other = freePort();
  Config config;
  config.http(port, Config::direct(200, "ok"));
  const std::string without = config.text();
  config.http(other, Config::direct(200, "ok"));
  Store store;
  ConvoyProcess convoy(config, under(store));
  ASSERT_TRUE(store.holds(4));
  convoy.rewrite(without);
  ASSERT_EQ(convoy.reload().status, 0);
  EXPECT_TRUE(store.holds(2));
  EXPECT_EQ(store.names(), "l0.s0:l0.s1");
  // A name is never given twice.
  convoy.rewrite(config.text());
  ASSERT_EQ(convoy.reload().status, 0);
  ASSERT_TRUE(store.holds(4));
  EXPECT_EQ(store.names(), "l0.s0:l0.s1:l2.s0:l2.s1");
}

TEST(FdStore, InheritedSocketsThatNothingUsesAreNamedAndClosed) {
  const uint16_t port = freePort(), other = freePort();
  Config both;
  both.http(port, Config::direct(200, "ok")).http(other, Config::direct(200, "ok"));
  Store store;
  auto first = std::make_unique<ConvoyProcess>(both, under(store));
  ASSERT_TRUE(store.holds(4));
  killAll(*first);
  ASSERT_TRUE(first->wait(Millis(5000)));
  Config one;
  one.http(port, Config::direct(200, "ok"));
  ConvoyProcess::Options options = under(store);
  options.environment.emplace_back("LISTEN_FDNAMES", store.names());
  options.listen_fds = store.fds();
  ConvoyProcess second(one, options);
  EXPECT_TRUE(store.holds(2));
  EXPECT_EQ(store.names(), "l0.s0:l0.s1");
  EXPECT_NE(second.log().find("inherited socket \"l1.s0\" on 127.0.0.1:" + std::to_string(other)),
            std::string::npos)
      << second.log();
  EXPECT_FALSE(RawClient(other, Millis(3000)).connected());
  EXPECT_EQ(httpGet(port, "/").status, 200);
}

}  // namespace
}  // namespace convoy::fakes
