// Promise: a configuration that cannot be used changes nothing but the log, the metric and the exit
// status of `convoy reload`.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"

namespace convoy::fakes {
namespace {

struct Running {
  uint16_t port = freePort();
  Config config;
  std::unique_ptr<ConvoyProcess> convoy;
  std::vector<pid_t> workers;

  Running() {
    config.http(port, Config::direct(200, "first"));
    convoy = std::make_unique<ConvoyProcess>(config);
    workers = convoy->workers();
  }
  void expectUntouched() const {
    EXPECT_EQ(convoy->workers(), workers);
    EXPECT_EQ(httpGet(port, "/").body, "first");
    EXPECT_TRUE(convoy->ready());
  }
};

TEST(BrokenReload, HangupOnABrokenFileKeepsTheWorkersAndSaysWhere) {
  Running given;
  given.convoy->rewrite("static_resources:\n  listenerz: []\n");
  ASSERT_TRUE(given.convoy->hangup());
  given.expectUntouched();
  EXPECT_EQ(given.convoy->metric("convoy_reloads_total{result=\"invalid\"}"), 1);
  EXPECT_EQ(given.convoy->metric("convoy_reloads_total{result=\"ok\"}"), 0);
  EXPECT_NE(given.convoy->log().find("convoy.yaml:2:3"), std::string::npos) << given.convoy->log();
}

TEST(BrokenReload, ReloadCommandFailsAndPrintsTheReason) {
  Running given;
  given.convoy->rewrite("static_resources: {listeners: [{name: x, address: 3}]}\n");
  const Ended command = given.convoy->reload();
  EXPECT_EQ(command.status, 1);
  EXPECT_NE((command.err + command.out).find("convoy.yaml:1:"), std::string::npos)
      << command.err << command.out;
  given.expectUntouched();
}

TEST(BrokenReload, TextThatIsNoYamlAtAllAndNoFileAtAll) {
  Running given;
  given.convoy->rewrite("{{{{ ] \x01");
  EXPECT_EQ(given.convoy->reload().status, 1);
  unlink(given.convoy->configPath().c_str());
  EXPECT_EQ(given.convoy->reload().status, 1);
  given.expectUntouched();
  EXPECT_EQ(given.convoy->metric("convoy_reloads_total{result=\"invalid\"}"), 2);
}

TEST(BrokenReload, AnAddressThatCannotBeBoundKeepsTheOldListeners) {
  Running given;
  const base::UniqueFd taken(socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  ASSERT_EQ(bind(taken.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(taken.get(), 1), 0);
  getsockname(taken.get(), reinterpret_cast<sockaddr*>(&address), &size);

  given.config.http(ntohs(address.sin_port), Config::direct(200, "second"));
  given.convoy->rewrite(given.config.text());
  EXPECT_EQ(given.convoy->reload().status, 1);
  given.expectUntouched();
  EXPECT_EQ(given.convoy->metric("convoy_reloads_total{result=\"bind_failed\"}"), 1);
}

TEST(BrokenReload, AGoodFileAfterABrokenOneIsTaken) {
  Running given;
  given.convoy->rewrite("nonsense: 1\n");
  EXPECT_EQ(given.convoy->reload().status, 1);
  Config good;
  given.convoy->rewrite("admin: {address: {socket_address: {address: 127.0.0.1, port_value: " +
                        std::to_string(given.config.adminPort()) + "}}}\n" +
                        good.http(given.port, Config::direct(200, "second"))
                            .text()
                            .substr(good.text().find("static_resources")));
  EXPECT_EQ(given.convoy->reload().status, 0);
  EXPECT_TRUE(eventually([&] { return httpGet(given.port, "/").body == "second"; }));
}

}  // namespace
}  // namespace convoy::fakes
