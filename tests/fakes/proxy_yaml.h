// proxy_yaml: the configuration texts that worker tests start from: one HTTP listener that routes
// everything to the cluster "up", whose hosts the test sets; or a TCP proxy to it.
#pragma once

#include <string>

namespace convoy::fakes {

// The listener "front" up to its virtual host "all", whose routes are to follow. `filters`: before
// the router, each with a comma behind it; `manager` and `listener`: extra lines of either.
inline std::string frontYaml(const std::string& filters = "", const std::string& manager = "",
                             const std::string& listener = "") {
  return "static_resources:\n"
         "  listeners:\n"
         "  - name: front\n"
         "    address: {socket_address: {address: 127.0.0.1, port_value: 0}}\n" +
         listener +
         "    filter_chains:\n"
         "    - filters:\n"
         "      - name: envoy.filters.network.http_connection_manager\n"
         "        typed_config:\n"
         "          stat_prefix: front\n" +
         manager + "          http_filters: [" + filters +
         "{name: envoy.filters.http.router}]\n"
         "          route_config:\n"
         "            virtual_hosts:\n"
         "            - name: all\n"
         "              domains: ['*']\n";
}

// `manager` and `route` are extra lines of the connection manager and of the route action.
inline std::string httpProxyYaml(const std::string& manager = "", const std::string& route = "",
                                 const std::string& cluster = "") {
  return frontYaml("", manager) +
         "              routes:\n"
         "              - match: {path: /direct}\n"
         "                direct_response: {status: 200, body: {inline_string: 'direct'}}\n"
         "              - match: {prefix: /}\n"
         "                route:\n"
         "                  cluster: up\n" +
         route +
         "  clusters:\n"
         "  - name: up\n"
         "    connect_timeout: 1s\n" +
         cluster + "    load_assignment: {cluster_name: up}\n";
}

inline std::string tcpProxyYaml(const std::string& extra = "") {
  return "static_resources:\n"
         "  listeners:\n"
         "  - name: front\n"
         "    address: {socket_address: {address: 127.0.0.1, port_value: 0}}\n"
         "    filter_chains:\n"
         "    - filters:\n"
         "      - name: envoy.filters.network.tcp_proxy\n"
         "        typed_config:\n"
         "          stat_prefix: tcp\n"
         "          cluster: up\n" +
         extra +
         "  clusters:\n"
         "  - name: up\n"
         "    connect_timeout: 1s\n"
         "    load_assignment: {cluster_name: up}\n";
}

}  // namespace convoy::fakes
