// Promise: certificates come from files of secrets as from plain files, and new ones are served
// without a worker being replaced or a connection touched; bad ones change nothing but the log.
#include <algorithm>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/fakes/fake_upstream.h"
#include "tests/fakes/tls_files_test.h"

namespace convoy::fakes {
namespace {

class SecretsTest : public TlsFilesTest {
 protected:
  void SetUp() override {
    if (const std::string why = missing("openssl"); !why.empty()) GTEST_SKIP() << why;
    std::ofstream(at("ca.pem")) << ca().pem();
    writeSecret("first");
  }
  // The file of the secret, replaced in one step, as Envoy wants it.
  void writeSecret(const std::string& name) const {
    writeCertificate(at(name), ca().sign(name, "DNS:localhost"));
    std::ofstream(at("next.yaml"))
        << "resources:\n- \"@type\": "
           "type.googleapis.com/envoy.extensions.transport_sockets.tls."
           "v3.Secret\n  name: server\n  tls_certificate: {"
           "certificate_chain: {filename: \""
        << at(name + ".pem") << "\"}, private_key: {filename: \"" << at(name + ".key") << "\"}}\n";
    std::rename(at("next.yaml").c_str(), at("sds.yaml").c_str());
  }
  std::string sdsSocket() const {
    return "transport_socket: {name: envoy.transport_sockets.tls, typed_config: {\"@type\": "
           "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext, "
           "common_tls_context: {tls_certificate_sds_secret_configs: [{name: server, sds_config: "
           "{path_config_source: {path: " +
           at("sds.yaml") + "}}}]}}}";
  }
  std::string subject() const {
    const std::string said = outputOf(
        "timeout 10 openssl s_client -connect 127.0.0.1:" + std::to_string(port_) + " </dev/null");
    const size_t begin = said.find("subject=CN = ");
    return begin == std::string::npos
               ? said
               : said.substr(begin + 13, said.find('\n', begin) - begin - 13);
  }
};

TEST_F(SecretsTest, ANewSecretIsServedByTheSameWorkers) {
  config_.chain(sdsSocket()).http(port_, Config::direct(200, "hello"));
  ConvoyProcess convoy(config_);
  ASSERT_EQ(subject(), "first");
  auto before = convoy.workers();
  std::sort(before.begin(), before.end());
  const double generation = convoy.sum("envoy_server_hot_restart_generation");
  writeSecret("second");
  // Counted is what every worker has taken.
  EXPECT_TRUE(eventually([&] { return convoy.reloads() == 1; })) << convoy.log();
  for (int i = 0; i < 8; ++i) EXPECT_EQ(subject(), "second") << convoy.log();
  auto after = convoy.workers();
  std::sort(after.begin(), after.end());
  EXPECT_EQ(before, after);
  EXPECT_EQ(convoy.sum("envoy_server_hot_restart_generation"), generation);
  EXPECT_EQ(convoy.reloads(), 1);
}

TEST_F(SecretsTest, AnOpenConnectionGoesOn) {
  config_.chain(sdsSocket()).http(port_, Config::direct(200, "hello"));
  ConvoyProcess convoy(config_);
  std::ofstream(at("client.py")) << R"(
import http.client, os, ssl, sys, time
context = ssl.create_default_context(cafile=sys.argv[2])
connection = http.client.HTTPSConnection("localhost", int(sys.argv[1]), context=context, timeout=10)
while not os.path.exists(sys.argv[3]):
    connection.request("GET", "/")
    answer = connection.getresponse()
    if answer.read() != b"hello" or answer.will_close: sys.exit("cut")
    open(sys.argv[4], "w").write("x")
    time.sleep(0.01)
print("kept")
)";
  std::string said;
  std::thread client([&] {
    said = outputOf("timeout 60 python3 " + at("client.py") + " " + std::to_string(port_) + " " +
                    at("ca.pem") + " " + at("stop") + " " + at("began"));
  });
  EXPECT_TRUE(eventually([&] { return !readFile(at("began")).empty(); }));
  double done = 0;
  for (const std::string name : {"second", "third", "fourth"}) {
    writeSecret(name);
    ++done;
    EXPECT_TRUE(eventually([&] { return convoy.reloads() == done; })) << convoy.log();
    EXPECT_EQ(subject(), name) << convoy.log();
  }
  std::ofstream(at("stop")) << "";
  client.join();
  EXPECT_EQ(said, "kept\n");
}

TEST_F(SecretsTest, ABadSecretKeepsTheOldAndIsNamed) {
  config_.chain(sdsSocket()).http(port_, Config::direct(200, "hello"));
  ConvoyProcess convoy(config_);
  std::ofstream(at("sds.yaml")) << "resources: [{\"@type\": "
                                   "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3."
                                   "Secret, name: other}]";
  EXPECT_TRUE(eventually([&] {
    return convoy.log().find("there is no secret \"server\"") != std::string::npos;
  })) << convoy.log();
  EXPECT_EQ(subject(), "first");
  // A worker that has to be replaced gets the good ones, too.
  ::kill(convoy.workers().front(), SIGKILL);
  EXPECT_TRUE(eventually([&] { return convoy.workers().size() == 2; }));
  for (int i = 0; i < 4; ++i) EXPECT_EQ(subject(), "first");
}

TEST_F(SecretsTest, ARenewedFileOfPlainCertificatesTakesNoNewWorkers) {
  writeCertificate(at("plain"), ca().sign("old", "DNS:localhost"));
  config_.chain(downstreamTls(at("plain"))).http(port_, Config::direct(200, "hello"));
  ConvoyProcess convoy(config_);
  auto before = convoy.workers();
  writeCertificate(at("plain"), ca().sign("new", "DNS:localhost"));
  ASSERT_TRUE(convoy.hangup());
  EXPECT_EQ(subject(), "new");
  auto after = convoy.workers();
  std::sort(before.begin(), before.end());
  std::sort(after.begin(), after.end());
  EXPECT_EQ(before, after);
  // And a worker that comes later has it.
  ::kill(after.front(), SIGKILL);
  EXPECT_TRUE(eventually([&] {
    const auto now = convoy.workers();
    return now.size() == 2 && std::count(now.begin(), now.end(), after.front()) == 0;
  }));
  for (int i = 0; i < 4; ++i) EXPECT_EQ(subject(), "new");
}

// A worker that stands still has not taken them: the reload is not done before it has, or is gone.
TEST_F(SecretsTest, AReloadIsDoneWhenEveryWorkerHasTheNewCertificates) {
  config_.chain(sdsSocket()).http(port_, Config::direct(200, "hello"));
  ConvoyProcess convoy(config_);
  const pid_t still = convoy.workers().front();
  ASSERT_EQ(::kill(still, SIGSTOP), 0);
  writeSecret("second");
  ASSERT_TRUE(eventually([&] { return says(convoy.log(), "the workers are told"); }));
  EXPECT_EQ(convoy.reloads(), 0);
  EXPECT_FALSE(says(convoy.log(), "every worker serves them"));
  ASSERT_EQ(::kill(still, SIGCONT), 0);
  EXPECT_TRUE(eventually([&] { return convoy.reloads() == 1; })) << convoy.log();
  EXPECT_TRUE(says(convoy.log(), "every worker serves them"));
  for (int i = 0; i < 8; ++i) EXPECT_EQ(subject(), "second");
}

// The time that new workers may take to start is that of new certificates, too.
TEST_F(SecretsTest, AWorkerThatNeverTakesThemIsToldOf) {
  config_.chain(sdsSocket()).http(port_, Config::direct(200, "hello"));
  ConvoyProcess::Options options;
  options.args = {"--start-timeout", "1"};
  ConvoyProcess convoy(config_, options);
  const pid_t still = convoy.workers().front();
  ASSERT_EQ(::kill(still, SIGSTOP), 0);
  writeSecret("second");
  EXPECT_TRUE(eventually([&] {
    return says(convoy.log(), "not every worker took the new certificates within 1 s");
  })) << convoy.log();
  ASSERT_EQ(::kill(still, SIGCONT), 0);
  EXPECT_EQ(convoy.metric("convoy_reloads_total{result=\"ok\"}"), 0);
  EXPECT_EQ(convoy.metric("convoy_reloads_total{result=\"start_failed\"}"), 1);
  EXPECT_FALSE(says(convoy.log(), "every worker serves them"));
}

TEST_F(SecretsTest, AnUpstreamIsTrustedByANewCaWithoutAReload) {
  TestCa other("Other CA");
  const uint16_t inner = freePort();
  writeCertificate(at("plain"), ca().sign("inner", "DNS:localhost"));
  std::ofstream(at("trust.pem")) << other.pem();
  config_.chain(downstreamTls(at("plain"))).http(inner, Config::direct(200, "inner"));
  config_.chain("").http(port_, Config::toCluster("up"));
  config_.cluster(
      "up", {inner},
      upstreamTls("validation_context: {trusted_ca: {filename: \"" + at("trust.pem") + "\"}}"));
  ConvoyProcess convoy(config_);
  EXPECT_EQ(httpGet(port_, "/").status, 503);
  const auto before = convoy.workers();
  std::ofstream(at("trust.pem")) << ca().pem();
  ASSERT_TRUE(convoy.hangup());
  EXPECT_EQ(httpGet(port_, "/").body, "inner") << convoy.log();
  EXPECT_EQ(convoy.workers().size(), before.size());
}

}  // namespace
}  // namespace convoy::fakes
