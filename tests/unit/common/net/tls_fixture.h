// What the TLS tests share: contexts from certificates of a test's own CA, and two Connections of
// one loop that speak TLS with each other.
#pragma once

#include <memory>
#include <string>

#include "common/net/tls_context.h"
#include "tests/fakes/test_certificates.h"
#include "tests/unit/common/net/loop_fixture.h"

namespace convoy::net {

class TlsTest : public LoopTest {
 protected:
  static TestCa& ca() {
    static TestCa made;
    return made;
  }
  static const TestCertificate& serverCertificate() {
    static const TestCertificate made =
        ca().sign("server.example", "DNS:server.example,DNS:*.wild.example,IP:127.0.0.1");
    return made;
  }
  static const TestCertificate& clientCertificate() {
    static const TestCertificate made = ca().sign("client", "URI:spiffe://tests/client");
    return made;
  }
  static config::TlsCertificate configured(const TestCertificate& certificate) {
    config::TlsCertificate out;
    out.chain_pem = certificate.chain_pem;
    out.key_pem = certificate.key_pem;
    return out;
  }
  static config::SanMatcher san(const std::string& text) {
    config::SanMatcher out;
    out.text = *base::StringMatcher::make(base::StringMatcher::Kind::Exact, text);
    return out;
  }

  void SetUp() override {
    server_settings_.certificates.push_back(configured(serverCertificate()));
    client_settings_.validation.trusted_ca_pem = ca().pem();
    tickets_ = std::make_shared<TlsTickets>();
    ASSERT_TRUE(tickets_->set(TlsTickets::rotated("")));
  }
  void TearDown() override {
    if (server_) destroy(server_);
    if (client_) destroy(client_);
    runTurns();
  }

  std::shared_ptr<const TlsContext> serverContext() {
    TlsContext::Fault fault;
    auto out = TlsContext::forServer(server_settings_, tickets_, "test", fault);
    EXPECT_NE(out, nullptr) << fault.why;
    return out;
  }
  std::shared_ptr<const TlsContext> clientContext() {
    TlsContext::Fault fault;
    auto out = TlsContext::forClient(client_settings_, fault);
    EXPECT_NE(out, nullptr) << fault.why;
    return out;
  }

  void makeServer(base::UniqueFd fd, uint64_t timeout_ms = 5000) {
    server_ = std::make_unique<Connection>(loop_, std::move(fd), at_server_);
    server_->secure(serverContext()->accept(), timeout_ms);
    ASSERT_TRUE(server_->start(true));
  }
  void makeClient(base::UniqueFd fd) {
    client_ = std::make_unique<Connection>(loop_, std::move(fd), at_client_);
    client_->secure(clientContext()->connect(sni_, expected_san_, sessions_), 5000);
    ASSERT_TRUE(client_->start(true));
  }
  // Both ends; true once both are open.
  bool connectBoth() {
    auto [server, client] = tcpPair();
    makeServer(std::move(server));
    makeClient(std::move(client));
    return runUntil([&] {
             return (at_client_.connected != 0 && at_server_.connected != 0) ||
                    !at_client_.closed.empty() || !at_server_.closed.empty();
           }) &&
           client_->isOpen() && server_->isOpen();
  }

  config::DownstreamTls server_settings_;
  config::UpstreamTls client_settings_;
  std::shared_ptr<TlsTickets> tickets_;
  std::shared_ptr<TlsSessions> sessions_ = std::make_shared<TlsSessions>();
  std::string sni_ = "server.example", expected_san_;
  Recorder at_server_, at_client_;
  std::unique_ptr<Connection> server_, client_;
};

}  // namespace convoy::net
