// Promise: the program starts with the command lines and the environment that manifests for Envoy
// use.
#include <arpa/inet.h>
#include <csignal>
#include <netinet/in.h>
#include <regex>
#include <sys/socket.h>

#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"

namespace convoy::fakes {
namespace {

struct Given {
  TempDir dir;
  uint16_t port = freePort();
  Config config;
  std::string file;
  Given() {
    config.http(port, Config::direct(200, "from the file"));
    file = dir.write("envoy.yaml", config.text());
  }
  void expectServes(const std::vector<std::string>& args, const Child::Environment& environment,
                    const std::string& body = "from the file") const {
    std::vector<std::string> argv = {ConvoyProcess::binary(), "--concurrency", "1",
                                     "--control-path", dir.path("control.sock")};
    argv.insert(argv.end(), args.begin(), args.end());
    Child convoy(argv, environment);
    EXPECT_TRUE(eventually([&] { return httpGet(port, "/").body == body; })) << convoy.err();
    convoy.signal(SIGINT);
    EXPECT_EQ(convoy.wait(Millis(5000)), 0);
  }
};

TEST(CommandLine, TheFileIsGivenInEverySpelling) {
  const Given given;
  given.expectServes({"-c", given.file}, {});
  given.expectServes({"-c " + given.file}, {});
  given.expectServes({"--config-path=" + given.file, "--log-level info"}, {});
}

TEST(CommandLine, EnvironmentVariableEnvoyConfigNamesTheFile) {
  const Given given;
  given.expectServes({}, {{"ENVOY_CONFIG", given.file}});
}

TEST(CommandLine, ConfigYamlIsMergedOverTheFile) {
  const Given given;
  given.expectServes({"-c", given.file, "--config-yaml", "node: {id: merged}"}, {});
  given.expectServes({"--config-yaml", given.config.text()}, {});
}

TEST(CommandLine, ValidateSaysOkOrEveryError) {
  const Given given;
  const Ended good = Child::run({ConvoyProcess::binary(), "--mode", "validate", "-c", given.file});
  EXPECT_EQ(good.status, 0);
  EXPECT_EQ(good.out, "configuration '" + given.file + "' OK\n");

  const std::string broken =
      given.dir.write("bad.yaml",
                      "admin:\n  address:\n    socket_address: {address: 127.0.0.1, port: 9901}\n"
                      "static_resources:\n  listenerz: []\n");
  const Ended bad = Child::run({ConvoyProcess::binary(), "--mode", "validate", "-c", broken});
  EXPECT_EQ(bad.status, 1);
  EXPECT_NE(bad.err.find("bad.yaml:3:"), std::string::npos) << bad.err;
  EXPECT_NE(bad.err.find("did you mean \"port_value\"?"), std::string::npos) << bad.err;
  EXPECT_NE(bad.err.find("bad.yaml:5:3"), std::string::npos) << bad.err;
}

TEST(CommandLine, BrokenConfigurationsAndFlagsExitWithOne) {
  const TempDir dir;
  EXPECT_EQ(Child::run({ConvoyProcess::binary(), "-c", dir.path("absent.yaml")}).status, 1);
  EXPECT_EQ(Child::run({ConvoyProcess::binary(), "-c", dir.write("x.yaml", "a: [")}).status, 1);
  EXPECT_EQ(Child::run({ConvoyProcess::binary(), "--no-such-flag"}).status, 1);
}

TEST(CommandLine, VersionAndHelpExitWithZero) {
  const Ended version = Child::run({ConvoyProcess::binary(), "--version"});
  EXPECT_EQ(version.status, 0);
  EXPECT_TRUE(std::regex_search(version.out, std::regex("version: [0-9a-f]{40}/"))) << version.out;
  const Ended help = Child::run({ConvoyProcess::binary(), "--help"});
  EXPECT_EQ(help.status, 0);
  EXPECT_NE(help.out.find("--config-path"), std::string::npos);
}

TEST(CommandLine, AnAddressInUseIsSaidAtTheStart) {
  const Given given;
  const base::UniqueFd taken(socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  ASSERT_EQ(bind(taken.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(taken.get(), 1), 0);
  getsockname(taken.get(), reinterpret_cast<sockaddr*>(&address), &size);
  Config config;
  config.http(ntohs(address.sin_port), Config::direct(200, "x"));
  const Ended second =
      Child::run({ConvoyProcess::binary(), "-c", given.dir.write("b.yaml", config.text()),
                  "--control-path", given.dir.path("second.sock")});
  EXPECT_EQ(second.status, 1);
  EXPECT_NE(second.err.find(std::to_string(ntohs(address.sin_port))), std::string::npos)
      << second.err;
}

}  // namespace
}  // namespace convoy::fakes
