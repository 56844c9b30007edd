// tls_config: YAML of listeners and clusters with TLS, and programs that speak it, for tests of the
// real program. The certificates lie as files in a folder of the test.
#pragma once

#include <fstream>
#include <string>

#include "tests/fakes/child.h"
#include "tests/fakes/test_certificates.h"

namespace convoy::fakes {

// PATH.pem and PATH.key, replaced in one step each.
inline void writeCertificate(const std::string& path, const TestCertificate& certificate) {
  const auto put = [](const std::string& to, const std::string& text) {
    std::ofstream(to + ".new") << text;
    ::rename((to + ".new").c_str(), to.c_str());
  };
  put(path + ".key", certificate.key_pem);
  put(path + ".pem", certificate.chain_pem);
}

inline std::string filesYaml(const std::string& path) {
  return "{certificate_chain: {filename: \"" + path + ".pem\"}, private_key: {filename: \"" + path +
         ".key\"}}";
}

// `common` and `more`: further fields of common_tls_context and of the context, in flow style.
inline std::string downstreamTls(const std::string& path, const std::string& common = "",
                                 const std::string& more = "") {
  return "transport_socket: {name: envoy.transport_sockets.tls, typed_config: {\"@type\": "
         "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext, "
         "common_tls_context: {tls_certificates: [" +
         filesYaml(path) + "]" + (common.empty() ? "" : ", " + common) + "}" +
         (more.empty() ? "" : ", " + more) + "}}";
}

inline std::string upstreamTls(const std::string& common, const std::string& more = "") {
  return "transport_socket: {name: envoy.transport_sockets.tls, typed_config: {\"@type\": "
         "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext, "
         "common_tls_context: {" +
         common + "}" + (more.empty() ? "" : ", " + more) + "}}";
}

// Of a connection manager: a log of why upstream connections failed, a line a request.
inline std::string reasonsTo(const std::string& log) {
  return "access_log: [{name: file, typed_config: {\"@type\": "
         "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog, path: \"" +
         log +
         "\", log_format: {text_format_source: {inline_string: "
         "\"%UPSTREAM_TRANSPORT_FAILURE_REASON%\\n\"}}}}]";
}

// What the program prints; its errors too.
inline std::string outputOf(const std::string& command) {
  std::string out;
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return out;
  char bytes[4096];
  size_t n;
  while ((n = ::fread(bytes, 1, sizeof(bytes), pipe)) > 0) out.append(bytes, n);
  ::pclose(pipe);
  return out;
}

}  // namespace convoy::fakes
