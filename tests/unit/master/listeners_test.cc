#include "master/listeners.h"

#include <netinet/tcp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "common/net/syn_filter.h"
#include "master/accept_queue.h"
#include "master/steering.h"

namespace convoy::master {
namespace {

config::Listener listener(const std::string& name, uint16_t port = 0, bool http = true) {
  config::Listener out;
  out.name = name;
  out.address.address = "127.0.0.1";
  out.address.port_value = port;
  out.origin = {7, 3};
  if (!http) out.filter_chain.terminal = config::TcpProxy{};
  return out;
}
config::Bootstrap with(std::vector<config::Listener> listeners) {
  config::Bootstrap out;
  out.listeners = std::move(listeners);
  return out;
}
uint16_t portOf(const std::shared_ptr<const ListenerSet>& set, size_t i = 0) {
  return set->entries()[i].bound->address().port();
}
bool accepts(uint16_t port) {
  base::UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  auto address = net::Address::fromIp("127.0.0.1", port);
  return ::connect(fd.get(), address->sockaddrPtr(), address->sockaddrLength()) == 0;
}

TEST(ListenerSockets, EverySlotGetsItsOwnSocketOnTheSamePort) {
  ListenerSockets sockets(4, {});
  auto set = sockets.bind(with({listener("a")}), "f.yaml");
  ASSERT_TRUE(set.ok()) << set.error().context;
  const BoundAddress& bound = *(*set)->entries()[0].bound;
  ASSERT_EQ(bound.sockets().size(), 4u);
  for (uint32_t slot = 0; slot < 4; ++slot) {
    EXPECT_EQ(net::Address::localOf(bound.socketOf(slot))->port(), bound.address().port());
  }
  EXPECT_NE(bound.socketOf(0), bound.socketOf(3));
  EXPECT_TRUE(accepts(bound.address().port()));
}

TEST(ListenerSockets, AReloadKeepsWhatIsBoundAndBindsTheNew) {
  ListenerSockets sockets(2, {});
  auto first = sockets.bind(with({listener("a")}), "f");
  auto second = sockets.bind(with({listener("b"), listener("a")}), "f");
  ASSERT_TRUE(second.ok());
  EXPECT_EQ((*first)->entries()[0].bound, (*second)->entries()[1].bound);
  EXPECT_NE(portOf(*second, 0), portOf(*second, 1));
}

TEST(ListenerSockets, ARemovedListenerClosesWhenItsLastGenerationEnds) {
  ListenerSockets sockets(2, {});
  auto first = sockets.bind(with({listener("a")}), "f");
  const uint16_t port = portOf(*first);
  auto second = sockets.bind(with({listener("b")}), "f");
  EXPECT_TRUE(accepts(port));
  first = std::move(second);
  EXPECT_FALSE(accepts(port));
}

TEST(ListenerSockets, ARetiredAddressRefusesAtOnceAndCanBeBoundAgain) {
  ListenerSockets sockets(2, {});
  auto probe = sockets.bind(with({listener("a")}), "f");
  const uint16_t port = portOf(*probe);
  probe = base::Error{};
  auto first = sockets.bind(with({listener("a", port)}), "f");
  ASSERT_TRUE(first.ok());
  EXPECT_TRUE(accepts(port));
  (*first)->entries()[0].bound->retire();
  EXPECT_FALSE(accepts(port));
  auto second = sockets.bind(with({listener("a", port)}), "f");
  ASSERT_TRUE(second.ok()) << second.error().context;
  EXPECT_NE((*first)->entries()[0].bound, (*second)->entries()[0].bound);
  EXPECT_TRUE(accepts(port));
}

TEST(ListenerSockets, MoreWorkersGetSocketsThatServeOnlyOnceTheyAreSteeredTo) {
  ListenerSockets sockets(1, {});
  auto first = sockets.bind(with({listener("a")}), "f");
  BoundAddress& bound = *(*first)->entries()[0].bound;
  sockets.setSlots(3);
  auto second = sockets.bind(with({listener("a")}), "f");
  ASSERT_TRUE(second.ok()) << second.error().context;
  ASSERT_EQ(bound.sockets().size(), 3u);
  EXPECT_EQ(bound.active(), 1u);
  const auto queued = [&](size_t i) {
    base::UniqueFd taken(::accept4(bound.sockets()[i].get(), nullptr, nullptr, SOCK_CLOEXEC));
    return taken.valid();
  };
  // Not TCP_DEFER_ACCEPT, so that a connection without data is queued at once.
  auto raw = sockets.bind(with({listener("a", 0, false)}), "f");
  (*raw)->applyOptions();
  for (int i = 0; i < 30; ++i) {
    EXPECT_TRUE(accepts(bound.address().port()));
    EXPECT_TRUE(queued(0));
  }
  (*second)->steer(3);
  EXPECT_EQ(bound.active(), 3u);
  int elsewhere = 0;
  for (int i = 0; i < 60; ++i) {
    EXPECT_TRUE(accepts(bound.address().port()));
    elsewhere += queued(1) || queued(2) ? 1 : 0;
  }
  EXPECT_GT(elsewhere, 0);
}

TEST(ListenerSockets, FewerWorkersKeepEverySocketAndShareOutTheRest) {
  ListenerSockets sockets(4, {});
  auto set = sockets.bind(with({listener("a")}), "f");
  const BoundAddress& bound = *(*set)->entries()[0].bound;
  sockets.setSlots(2);
  auto fewer = sockets.bind(with({listener("a")}), "f");
  (*fewer)->steer(2);
  EXPECT_EQ(bound.sockets().size(), 4u);
  EXPECT_EQ(bound.active(), 2u);
  EXPECT_EQ(bound.socketsOf(1, 2),
            (std::vector<int>{bound.sockets()[1].get(), bound.sockets()[3].get()}));
  EXPECT_EQ(bound.socketsOf(3, 4), (std::vector<int>{bound.sockets()[3].get()}));
  // More workers than sockets: they share.
  EXPECT_EQ(bound.socketsOf(5, 8), (std::vector<int>{bound.sockets()[1].get()}));
}

TEST(ListenerSockets, AGroupThatOthersAreInIsNeverSteered) {
  auto any = net::Address::fromIp("127.0.0.1", 0);
  auto other = net::listenOn(*any, {});
  const uint16_t port = net::Address::localOf(other->get())->port();
  ListenerSockets sockets(2, {});
  auto set = sockets.bind(with({listener("a", port)}), "f");
  ASSERT_TRUE(set.ok()) << set.error().context;
  const BoundAddress& bound = *(*set)->entries()[0].bound;
  EXPECT_FALSE(bound.ownGroup());
  sockets.setSlots(4);
  auto more = sockets.bind(with({listener("a", port)}), "f");
  ASSERT_TRUE(more.ok());
  EXPECT_EQ(bound.sockets().size(), 2u);
}

TEST(ListenerSockets, EveryFailureIsNamedWithItsLineAndNothingNewStays) {
  base::UniqueFd busy(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  auto any = net::Address::fromIp("127.0.0.1", 0);
  ASSERT_EQ(::bind(busy.get(), any->sockaddrPtr(), any->sockaddrLength()), 0);
  ASSERT_EQ(::listen(busy.get(), 1), 0);
  const uint16_t taken = net::Address::localOf(busy.get())->port();
  ListenerSockets sockets(2, {});
  auto set = sockets.bind(
      with({listener("good"), listener("bad", taken), listener("worse", taken)}), "envoy.yaml");
  ASSERT_FALSE(set.ok());
  EXPECT_NE(set.error().context.find("envoy.yaml:7:3: error: listener \"bad\""), std::string::npos)
      << set.error().context;
  EXPECT_NE(set.error().context.find("listener \"worse\""), std::string::npos);
}

TEST(ListenerSockets, TwoListenersOfOneAddressAreRefused) {
  ListenerSockets sockets(1, {});
  auto probe = sockets.bind(with({listener("probe")}), "f");
  const uint16_t port = portOf(*probe);
  probe = base::Error{};
  auto set = sockets.bind(with({listener("a", port), listener("b", port)}), "f");
  ASSERT_FALSE(set.ok());
  EXPECT_NE(set.error().context.find("listener \"a\" has the address"), std::string::npos);
}

TEST(ListenerSockets, OnlyHttpListenersWaitForTheClientToSpeak) {
  ListenerSockets sockets(1, {});
  auto set = sockets.bind(with({listener("web"), listener("raw", 0, false)}), "f");
  ASSERT_TRUE(set.ok());
  const auto defer = [&](size_t i) {
    int value = -1;
    socklen_t length = sizeof(value);
    ::getsockopt((*set)->entries()[i].bound->socketOf(0), IPPROTO_TCP, TCP_DEFER_ACCEPT, &value,
                 &length);
    return value;
  };
  EXPECT_GT(defer(0), 0);
  EXPECT_EQ(defer(1), 0);
  // A reload that turns the HTTP listener into a TCP one takes effect at the commit, not before.
  auto next = sockets.bind(with({listener("web", 0, false)}), "f");
  EXPECT_GT(defer(0), 0);
  (*next)->applyOptions();
  EXPECT_EQ(defer(0), 0);
}

TEST(ListenerSockets, AUnixSocketIsSharedAndItsPathGoesWithIt) {
  config::Listener unix_listener = listener("u");
  unix_listener.address.is_pipe = true;
  unix_listener.address.path = "/tmp/convoy-listeners-" + std::to_string(::getpid());
  ListenerSockets sockets(3, {});
  auto set = sockets.bind(with({unix_listener}), "f");
  ASSERT_TRUE(set.ok()) << set.error().context;
  EXPECT_EQ((*set)->entries()[0].bound->sockets().size(), 1u);
  struct stat info {};
  EXPECT_EQ(::stat(unix_listener.address.path.c_str(), &info), 0);
  set = base::Error{};
  EXPECT_NE(::stat(unix_listener.address.path.c_str(), &info), 0);
}

TEST(ListenerSockets, AnInheritedSocketIsUsedInsteadOfABind) {
  auto any = net::Address::fromIp("127.0.0.1", 0);
  net::ListenOptions plain;
  plain.reuse_port = false;
  auto fd = net::listenOn(*any, plain);
  const uint16_t port = net::Address::localOf(fd->get())->port();
  const int number = fd->get();
  std::vector<InheritedSocket> inherited;
  inherited.push_back({std::move(*fd), "web.socket"});
  ListenerSockets sockets(2, std::move(inherited));
  auto set = sockets.bind(with({listener("a", port)}), "f");
  ASSERT_TRUE(set.ok()) << set.error().context;
  EXPECT_EQ((*set)->entries()[0].bound->socketOf(1), number);
}

TEST(ListenerSockets, AllInheritedSocketsOfAnAddressAreOneAndTheRestIsLeft) {
  auto first = net::listenOn(*net::Address::fromIp("127.0.0.1", 0), {});
  const net::Address address = *net::Address::localOf(first->get());
  auto second = net::listenOn(address, {});
  auto other = net::listenOn(*net::Address::fromIp("127.0.0.1", 0), {});
  base::UniqueFd again(::dup(first->get()));
  ASSERT_TRUE(steerGroup(first->get(), 1).ok());  // left behind by the former master
  ASSERT_TRUE(net::dropSyns(second->get()).ok());
  std::vector<InheritedSocket> inherited;
  inherited.push_back({std::move(*first), "l7.s0"});
  inherited.push_back({std::move(*other), "l9.s0"});
  inherited.push_back({std::move(*second), "l7.s1"});
  inherited.push_back({std::move(again), "l8.s0"});
  ListenerSockets sockets(4, std::move(inherited));
  auto set = sockets.bind(with({listener("a", address.port(), false)}), "f");
  ASSERT_TRUE(set.ok()) << set.error().context;
  const BoundAddress& bound = *(*set)->entries()[0].bound;
  EXPECT_EQ(bound.inheritedNames(), (std::vector<std::string>{"l7.s0", "l7.s1"}));
  EXPECT_EQ(bound.socketOf(3), bound.sockets()[1].get());  // shared by the slots
  (*set)->applyOptions();
  int in_second = 0;
  for (int i = 0; i < 40; ++i) {
    EXPECT_TRUE(accepts(address.port()));
    base::UniqueFd taken(::accept4(bound.sockets()[1].get(), nullptr, nullptr, SOCK_CLOEXEC));
    in_second += taken.valid() ? 1 : 0;
  }
  EXPECT_GT(in_second, 0);
  const auto unused = sockets.takeUnused();
  ASSERT_EQ(unused.size(), 1u);
  EXPECT_EQ(unused[0].name, "l9.s0");
}

TEST(AcceptQueue, IsTheSumOverTheSocketsOfAnAddress) {
  ListenerSockets sockets(3, {});
  const config::Bootstrap bootstrap = with({listener("a", 0, false)});
  auto set = sockets.bind(bootstrap, "f");
  const BoundAddress& bound = *(*set)->entries()[0].bound;
  EXPECT_EQ(acceptQueueLength(bound), 0u);
  for (int i = 0; i < 7; ++i) EXPECT_TRUE(accepts(bound.address().port()));
  EXPECT_EQ(acceptQueueLength(bound), 7u);
  Aggregate aggregate;
  setAcceptQueues(bootstrap, **set, aggregate);
  const auto series = aggregate.collect(nullptr);
  const auto found = std::find_if(series.begin(), series.end(), [](const Series& one) {
    return one.family == "convoy_accept_queue_len";
  });
  ASSERT_NE(found, series.end());
  EXPECT_EQ(found->value, 7u);
  EXPECT_EQ(found->labels[0].second, "a");
}

TEST(ListenerSockets, WithoutReusePortAllSlotsShareOneSocket) {
  config::Listener shared = listener("s");
  shared.enable_reuse_port = false;
  ListenerSockets sockets(4, {});
  auto set = sockets.bind(with({shared}), "f");
  EXPECT_EQ((*set)->entries()[0].bound->sockets().size(), 1u);
}

}  // namespace
}  // namespace convoy::master
