// tls_files_test: what tests of TLS by foreign programs share: a CA, a folder with its certificates
// as files, the port and the configuration of the listener, and a client of OpenSSL's.
#pragma once

#include <string>

#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/other_programs.h"
#include "tests/fakes/tls_config.h"

namespace convoy::fakes {

class TlsFilesTest : public ::testing::Test {
 protected:
  static TestCa& ca() {
    static TestCa made;
    return made;
  }
  std::string at(const std::string& name) const { return dir_.path(name); }
  // Of common_tls_context; `more`: further fields of it, with a comma before each.
  std::string trust(const std::string& more = "") const {
    return "validation_context: {trusted_ca: {filename: \"" + at("ca.pem") + "\"}" + more + "}";
  }
  // What openssl s_client says of a connection to the listener on which it sends `input`.
  std::string sClient(const std::string& options, const std::string& input = kRequest) const {
    return outputOf("printf '" + input +
                    "' | timeout 10 openssl s_client -ign_eof -connect 127.0.0.1:" +
                    std::to_string(port_) + " -CAfile " + at("ca.pem") + " " + options);
  }
  static bool says(const std::string& all, const std::string& part) {
    return all.find(part) != std::string::npos;
  }
  // Of the listener: "ssl_handshake".
  double listenerStat(const ConvoyProcess& convoy, const std::string& name) const {
    return convoy.metric("envoy_listener_" + name + "{envoy_listener_address=\"127.0.0.1_" +
                         std::to_string(port_) + "\"}");
  }

  // For printf.
  static constexpr char kRequest[] =
      "GET / HTTP/1.1\\r\\nhost: localhost\\r\\nconnection: close\\r\\n\\r\\n";
  TempDir dir_;
  const uint16_t port_ = freePort();
  Config config_;
};

}  // namespace convoy::fakes
