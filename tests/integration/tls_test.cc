// Promise: TLS towards clients and towards upstreams works with the programs that everybody uses,
// says why when it does not, and a reload cuts no connection.
#include <csignal>
#include <thread>

#include <gtest/gtest.h>

#include "tests/fakes/fake_upstream.h"
#include "tests/fakes/tls_files_test.h"

namespace convoy::fakes {
namespace {

class TlsTest : public TlsFilesTest {
 protected:
  void SetUp() override {
    for (const char* program : {"openssl", "curl"}) {
      if (const std::string why = missing(program); !why.empty()) GTEST_SKIP() << why;
    }
    writeCertificate(at("server"), ca().sign("localhost", "DNS:localhost,IP:127.0.0.1"));
    writeCertificate(at("client"), ca().sign("client", "URI:spiffe://tests/client"));
    std::ofstream(at("ca.pem")) << ca().pem();
  }
  std::string curl(const std::string& options, const std::string& path = "/") const {
    return outputOf("curl -sS --max-time 10 --cacert " + at("ca.pem") + " " + options +
                    " https://localhost:" + std::to_string(port_) + path);
  }
  std::string withClientCertificate() const {
    return "--cert " + at("client.pem") + " --key " + at("client.key");
  }
};

TEST_F(TlsTest, CurlIsAnsweredInBothVersions) {
  config_.chain(downstreamTls(at("server"))).http(port_, Config::direct(200, "hello"));
  ConvoyProcess convoy(config_);
  EXPECT_EQ(curl("--tlsv1.3"), "hello");
  EXPECT_EQ(curl("--tls-max 1.2"), "hello");
  EXPECT_NE(
      outputOf("curl -sS --max-time 5 http://127.0.0.1:" + std::to_string(port_)).find("curl:"),
      std::string::npos);
  EXPECT_TRUE(eventually([&] { return listenerStat(convoy, "ssl_handshake") == 2; }));
  EXPECT_TRUE(eventually([&] { return listenerStat(convoy, "ssl_connection_error") == 1; }));
}

TEST_F(TlsTest, Http2IsChosenByAlpn) {
  config_.chain(downstreamTls(at("server"), "alpn_protocols: [h2, http/1.1]"))
      .http(port_, Config::direct(200, "hello"));
  ConvoyProcess convoy(config_);
  EXPECT_EQ(curl("--http2 -w ' %{http_version}'"), "hello 2");
  EXPECT_EQ(curl("--http1.1 -w ' %{http_version}'"), "hello 1.1");
}

TEST_F(TlsTest, AnHttp2UpstreamIsAskedForIt) {
  const uint16_t inner = freePort();
  config_.chain(downstreamTls(at("server"), "alpn_protocols: [h2]"))
      .http(inner, Config::direct(200, "%PROTOCOL%"));
  config_.chain(downstreamTls(at("server"))).http(port_, Config::toCluster("inner"));
  config_.cluster("inner", {inner}, upstreamTls(trust()) + ", http2_protocol_options: {}");
  ConvoyProcess convoy(config_);
  EXPECT_EQ(curl(""), "%PROTOCOL%");
  EXPECT_GE(convoy.sum("envoy_http_downstream_rq_http2_total"), 1);
}

TEST_F(TlsTest, AnUpstreamIsVerifiedAndItsFailureNamed) {
  const uint16_t inner = freePort();
  config_.chain(downstreamTls(at("server"), trust(), "require_client_certificate: true"))
      .http(inner, Config::direct(200, "inner"));
  config_.chain(downstreamTls(at("server")))
      .http(port_,
            "{match: {prefix: /good}, route: {cluster: good}}, {match: {prefix: /nameless}, "
            "route: {cluster: nameless}}, {match: {prefix: /plain}, route: {cluster: plain}}",
            reasonsTo(at("log")));
  const std::string shown = ", tls_certificates: [" + filesYaml(at("client")) + "]";
  config_.cluster("good", {inner},
                  upstreamTls(trust() + shown, "sni: localhost, auto_sni_san_validation: true"));
  config_.cluster(
      "nameless", {inner},
      upstreamTls(trust() + shown, "sni: other.example, auto_sni_san_validation: true"));
  config_.cluster("plain", {inner}, upstreamTls(trust(), "sni: localhost"));
  ConvoyProcess convoy(config_);
  EXPECT_EQ(curl("", "/good"), "inner");
  EXPECT_EQ(curl("", "/good"), "inner");
  EXPECT_EQ(curl("", "/nameless"),
            "upstream connect error or disconnect/reset before headers. reset reason: remote "
            "connection failure");
  ASSERT_TRUE(eventually([&] { return readLines(at("log")).size() == 3; }));
  const std::string why = readFile(at("log"));  // two workers write it, in any order
  EXPECT_NE(why.find("TLS_error:|"), std::string::npos) << why;
  EXPECT_NE(why.find("not for other.example"), std::string::npos) << why;
  EXPECT_EQ(curl("-o /dev/null -w '%{http_code}'", "/plain"), "503");
  EXPECT_EQ(convoy.metric("envoy_cluster_ssl_fail_verify_san{envoy_cluster_name=\"nameless\"}"), 1);
}

TEST_F(TlsTest, ATcpProxySpeaksTlsToItsUpstreamAndSaysWhyNot) {
  const uint16_t inner = freePort(), plain = freePort(), wrong = freePort();
  const std::string log = at("tcp.log");
  const std::string logged =
      "access_log: [{name: f, typed_config: {\"@type\": type.googleapis.com/"
      "envoy.extensions.access_loggers.file.v3.FileAccessLog, path: " +
      log +
      ", log_format: {text_format_source: {inline_string: \"%RESPONSE_FLAGS% "
      "%UPSTREAM_TRANSPORT_FAILURE_REASON%\\n\"}}}}]";
  config_.chain(downstreamTls(at("server"))).http(inner, Config::direct(200, "inner"));
  config_.chain("").tcp(plain, "good").tcp(wrong, "nameless", logged);
  config_.cluster("good", {inner},
                  upstreamTls(trust(), "sni: localhost, auto_sni_san_validation: true"));
  config_.cluster("nameless", {inner},
                  upstreamTls(trust(), "sni: other.example, auto_sni_san_validation: true"));
  ConvoyProcess convoy(config_);
  EXPECT_EQ(httpGet(plain, "/").body, "inner");
  RawClient refused(wrong);
  EXPECT_TRUE(refused.closedByPeer());
  EXPECT_TRUE(eventually([&] {
    const std::string line = readFile(log);
    return line.find("UF") == 0 && line.find("not for other.example") != std::string::npos;
  })) << readFile(log);
}

TEST_F(TlsTest, AClientMustShowACertificateWhereOneIsRequired) {
  config_.chain(downstreamTls(at("server"), trust(), "require_client_certificate: true"))
      .http(port_, Config::direct(200, "hello"));
  ConvoyProcess convoy(config_);
  EXPECT_EQ(curl(withClientCertificate()), "hello");
  EXPECT_NE(curl("").find("curl:"), std::string::npos);
  EXPECT_TRUE(eventually([&] { return listenerStat(convoy, "ssl_fail_verify_no_cert") == 1; }));
}

TEST_F(TlsTest, TheNameChoosesTheFilterChain) {
  FakeUpstream raw(FakeUpstream::respond(200, "raw"));
  writeCertificate(at("other"), ca().sign("other.example", "DNS:other.example"));
  config_.chain(downstreamTls(at("server")) + ", filter_chain_match: {server_names: [localhost]}")
      .http(port_, Config::direct(200, "http chain"))
      .alsoChain(
          downstreamTls(at("other")) + ", filter_chain_match: {server_names: [\"*.example\"]}",
          "raw")
      .alsoChain("filter_chain_match: {transport_protocol: raw_buffer}", "raw")
      .cluster("raw", {raw.port()});
  ConvoyProcess convoy(config_);
  EXPECT_EQ(curl(""), "http chain");
  const std::string to = std::to_string(port_);
  EXPECT_EQ(
      outputOf("curl -sS --max-time 10 --cacert " + at("ca.pem") +
               " --resolve other.example:" + to + ":127.0.0.1 https://other.example:" + to + "/"),
      "raw");
  EXPECT_EQ(outputOf("curl -sS --max-time 10 http://127.0.0.1:" + to + "/"), "raw");
  EXPECT_NE(outputOf("curl -sS --max-time 10 -k --resolve x.test:" + to +
                     ":127.0.0.1 https://x.test:" + to + "/")
                .find("curl:"),
            std::string::npos);
  EXPECT_EQ(convoy.sum("envoy_listener_no_filter_chain_match"), 1);
}

TEST_F(TlsTest, MegabytesPassBothWays) {
  FakeUpstream echo(FakeUpstream::echo());
  const uint16_t inner = freePort();
  config_.chain(downstreamTls(at("server")))
      .tcp(inner, "plain")
      .http(port_, Config::toCluster("tls"));
  config_.cluster("plain", {echo.port()}).cluster("tls", {inner}, upstreamTls(trust()));
  ConvoyProcess convoy(config_);
  outputOf("head -c 20000000 /dev/urandom > " + at("big"));
  EXPECT_EQ(curl("--data-binary @" + at("big") + " -o " + at("back")), "");
  EXPECT_EQ(outputOf("cmp " + at("big") + " " + at("back")), "");
}

// The tickets of one worker are good for the others, and for those after a reload.
TEST_F(TlsTest, SessionsAreResumedByEveryWorkerAndAfterAReload) {
  config_.chain(downstreamTls(at("server"))).http(port_, Config::direct(200, "hello"));
  ConvoyProcess::Options options;
  options.concurrency = 4;
  ConvoyProcess convoy(config_, options);
  for (const char* version : {"-tls1_2", "-tls1_3"}) {
    const std::string session = at("session");
    ASSERT_NE(sClient(std::string(version) + " -sess_out " + session).find("New, TLSv1"),
              std::string::npos);
    for (int i = 0; i < 12; ++i) {
      EXPECT_NE(sClient(std::string(version) + " -sess_in " + session).find("Reused, TLSv1"),
                std::string::npos)
          << version << " " << i;
    }
    Config changed = config_;
    convoy.rewrite(changed.http(freePort(), Config::direct(200, "x")).text());
    ASSERT_TRUE(convoy.hangup());
    EXPECT_NE(sClient(std::string(version) + " -sess_in " + session).find("Reused, TLSv1"),
              std::string::npos)
        << version;
  }
  EXPECT_GT(listenerStat(convoy, "ssl_session_reused"), 20);
}

// One kept connection and many short ones, from a client that counts every failure.
TEST_F(TlsTest, ReloadsCutNoConnection) {
  if (const std::string why = missing("python3"); !why.empty()) GTEST_SKIP() << why;
  config_.chain(downstreamTls(at("server"))).http(port_, Config::direct(200, "hello"));
  ConvoyProcess convoy(config_);
  std::ofstream(at("client.py")) << R"(
import http.client, os, ssl, sys
port, ca, stop = int(sys.argv[1]), sys.argv[2], sys.argv[3]
context = ssl.create_default_context(cafile=ca)
done = failed = opened = 0
connection = None
while not os.path.exists(stop):
    try:
        if connection is None:
            connection = http.client.HTTPSConnection("localhost", port, context=context, timeout=10)
            opened += 1
        connection.request("GET", "/")
        answer = connection.getresponse()
        if answer.read() != b"hello": raise Exception("another answer")
        done += 1
        if answer.will_close: connection = None
    except Exception as why:
        failed += 1
        connection = None
        print(repr(why))
print(done, "done", failed, "failed", opened, "opened")
)";
  std::string said;
  std::thread client([&] {
    said = outputOf("timeout 60 python3 " + at("client.py") + " " + std::to_string(port_) + " " +
                    at("ca.pem") + " " + at("stop"));
  });
  for (int i = 0; i < 8; ++i) {
    Config changed = config_;
    convoy.rewrite(changed.http(freePort(), Config::direct(200, "x")).text());
    EXPECT_TRUE(convoy.hangup()) << convoy.log();
  }
  std::ofstream(at("stop")) << "";
  client.join();
  EXPECT_NE(said.find(" 0 failed"), std::string::npos) << said;
  EXPECT_GT(std::atoi(said.c_str()), 100) << said;
}

// What is known of the client reaches the upstream and the log; what it says of itself does not.
TEST_F(TlsTest, TheClientsCertificateIsToldAndNotBelieved) {
  FakeUpstream upstream([](const HttpMessage& request, RawClient& connection) {
    const std::string body =
        request.header("x-forwarded-client-cert") + "|" + request.header("x-forwarded-proto");
    return FakeUpstream::respond(200, body)(request, connection);
  });
  const std::string manager =
      "access_log: [{name: file, typed_config: {\"@type\": "
      "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog, path: " +
      at("log") +
      ", log_format: {text_format_source: {inline_string: \"%DOWNSTREAM_TLS_VERSION% "
      "%DOWNSTREAM_PEER_SUBJECT% %DOWNSTREAM_PEER_URI_SAN% %REQUESTED_SERVER_NAME% "
      "%DOWNSTREAM_PEER_CERT_V_END(%Y)%\\n\"}}}}], "
      "forward_client_cert_details: SANITIZE_SET, "
      "set_current_client_cert_details: {subject: true, uri: true}";
  config_.chain(downstreamTls(at("server"), trust()))
      .http(port_, Config::toCluster("up"), manager)
      .cluster("up", {upstream.port()});
  ConvoyProcess convoy(config_);
  const std::string told = curl(withClientCertificate() + " -H 'x-forwarded-client-cert: By=me'");
  EXPECT_TRUE(told.starts_with("Hash=")) << told;
  EXPECT_NE(told.find(";Subject=\"CN=client\";URI=spiffe://tests/client|https"), std::string::npos)
      << told;
  EXPECT_EQ(curl("-H 'x-forwarded-client-cert: By=me'"), "|https");
  ASSERT_TRUE(eventually([&] { return readLines(at("log")).size() == 2; }));
  const auto lines = readLines(at("log"));
  EXPECT_TRUE(lines[0].starts_with("TLSv1.3 CN=client spiffe://tests/client localhost 20"))
      << lines[0];
  EXPECT_EQ(lines[1], "TLSv1.3 - - localhost -");
}

TEST_F(TlsTest, TheExampleWorksWithTheCertificatesOfItsScript) {
  const std::string folder = at("example");
  ASSERT_EQ(outputOf("mkdir " + folder + " && conf/tls/certificates.sh " + folder +
                     " >/dev/null 2>&1 && echo made"),
            "made\n");
  std::string text = readFile("conf/tls/tls.yaml");
  const auto replace = [&text](const std::string& from, const std::string& to) {
    for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
      text.replace(at, from.size(), to);
    }
  };
  const std::string inner = std::to_string(freePort());
  replace("8443", std::to_string(port_));
  replace("8444", inner);
  replace("filename: ", "filename: " + folder + "/");
  const uint16_t admin = freePort();
  text += "admin: {address: {socket_address: {address: 127.0.0.1, port_value: " +
          std::to_string(admin) + "}}}\n";
  ConvoyProcess convoy(text, admin, {});
  const std::string base = "curl -sS --max-time 10 --cacert " + folder + "/ca.pem ";
  const std::string to = " https://localhost:" + std::to_string(port_);
  EXPECT_EQ(outputOf(base + to + "/"), "hello over TLS\n");
  const std::string who = outputOf(base + "-i --cert " + folder + "/client.pem --key " + folder +
                                   "/client.key" + to + "/who");
  EXPECT_NE(who.find("URI=spiffe://example/client"), std::string::npos) << who;
}

TEST_F(TlsTest, AKeyThatDoesNotFitIsALoadErrorWithItsPlace) {
  writeCertificate(at("server"),
                   {ca().sign("a", "DNS:a").chain_pem, ca().sign("b", "DNS:b").key_pem});
  config_.chain(downstreamTls(at("server"))).http(port_, Config::direct(200, "hello"));
  ConvoyProcess::Options options;
  options.wait_ready = false;
  ConvoyProcess convoy(config_, options);
  EXPECT_EQ(convoy.wait(Millis(10000)), 1);
  EXPECT_NE(convoy.log().find("the private key does not belong to the certificate"),
            std::string::npos)
      << convoy.log();
  EXPECT_NE(convoy.log().find("convoy.yaml:"), std::string::npos);
}

// The files are watched: a new certificate is served without being asked, a bad one is refused.
TEST_F(TlsTest, ANewCertificateIsServedAndABadOneKeepsTheOld) {
  config_.chain(downstreamTls(at("server"))).http(port_, Config::direct(200, "hello"));
  ConvoyProcess::Options options;
  options.args = {"--watch"};
  ConvoyProcess convoy(config_, options);
  ASSERT_EQ(curl(""), "hello");
  writeCertificate(at("server"), ca().sign("renewed", "DNS:localhost,IP:127.0.0.1"));
  EXPECT_TRUE(eventually([&] {
    return sClient("").find("subject=CN = renewed") != std::string::npos;
  })) << convoy.log();
  std::ofstream(at("server.pem")) << "nonsense";
  EXPECT_TRUE(eventually([&] {
    return convoy.log().find("the certificate chain holds no certificate") != std::string::npos;
  })) << convoy.log();
  EXPECT_NE(sClient("").find("subject=CN = renewed"), std::string::npos);
}

TEST_F(TlsTest, NoKeyIsSeenInTheConfigDump) {
  config_.chain(downstreamTls(at("server"))).http(port_, Config::direct(200, "hello"));
  ConvoyProcess convoy(config_);
  const std::string dump = convoy.admin("/config_dump").body;
  EXPECT_NE(dump.find("server.pem"), std::string::npos);
  EXPECT_EQ(dump.find("PRIVATE KEY"), std::string::npos);
}

}  // namespace
}  // namespace convoy::fakes
