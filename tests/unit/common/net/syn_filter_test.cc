#include "common/net/syn_filter.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <gtest/gtest.h>

#include "common/net/address.h"
#include "common/net/socket.h"

namespace convoy::net {
namespace {

class SynFilter : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    auto listening = listenOn(*Address::fromIp(GetParam(), 0), {});
    if (!listening.ok()) GTEST_SKIP() << listening.error().context;
    listening_ = std::move(*listening);
    address_ = *Address::localOf(listening_.get());
  }
  base::UniqueFd begin() const { return std::move(*connectTo(address_)); }
  static bool connected(const base::UniqueFd& fd, int wait_ms) {
    pollfd p{fd.get(), POLLOUT, 0};
    return ::poll(&p, 1, wait_ms) == 1 && (p.revents & POLLERR) == 0;
  }
  bool queued() const {
    return base::UniqueFd(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC)).valid();
  }
  base::UniqueFd listening_;
  Address address_;
};

TEST_P(SynFilter, NewHandshakesWaitAndSucceedOnceItIsTakenOff) {
  ASSERT_TRUE(dropSyns(listening_.get()).ok());
  const base::UniqueFd late = begin();
  EXPECT_FALSE(connected(late, 100));
  takeSyns(listening_.get());
  EXPECT_TRUE(connected(begin(), 100));
  // The client's own second try.
  EXPECT_TRUE(connected(late, 5000));
}

TEST_P(SynFilter, WhatIsInTheQueueStaysAndItsSocketWorks) {
  const base::UniqueFd early = begin();
  ASSERT_TRUE(connected(early, 1000));
  ASSERT_TRUE(dropSyns(listening_.get()).ok());
  base::UniqueFd taken(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  ASSERT_TRUE(taken.valid());
  ASSERT_EQ(::send(early.get(), "x", 1, 0), 1);
  pollfd p{taken.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&p, 1, 1000), 1);
  EXPECT_FALSE(queued());
}

TEST_P(SynFilter, AClientThatHasNotSpokenYetComesIntoTheQueueInTime) {
  ListenOptions options;
  options.defer_accept = true;
  auto deferring = listenOn(*Address::fromIp(GetParam(), 0), options);
  ASSERT_TRUE(deferring.ok());
  listening_ = std::move(*deferring);
  address_ = *Address::localOf(listening_.get());
  const base::UniqueFd silent = begin();
  ASSERT_TRUE(connected(silent, 1000));
  ASSERT_FALSE(queued());
  ASSERT_TRUE(dropSyns(listening_.get()).ok());
  pollfd p{listening_.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&p, 1, kHandshakesEndMs), 1);
  EXPECT_TRUE(queued());
}

TEST_P(SynFilter, ItBelongsToTheSocketSoThatClosingRefusesAfterIt) {
  ASSERT_TRUE(dropSyns(listening_.get()).ok());
  const base::UniqueFd late = begin();
  EXPECT_FALSE(connected(late, 50));
  ::shutdown(listening_.get(), SHUT_RD);
  pollfd p{late.get(), POLLOUT, 0};
  ASSERT_EQ(::poll(&p, 1, 5000), 1);
  int error = 0;
  socklen_t length = sizeof(error);
  ::getsockopt(late.get(), SOL_SOCKET, SO_ERROR, &error, &length);
  EXPECT_EQ(error, ECONNREFUSED);
}

INSTANTIATE_TEST_SUITE_P(Families, SynFilter, ::testing::Values("127.0.0.1", "::1"),
                         [](const auto& one) {
                           return std::string(one.param[0] == ':' ? "Six" : "Four");
                         });

}  // namespace
}  // namespace convoy::net
