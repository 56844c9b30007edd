// route_fixture: a configuration round the few lines that a test is about.
#pragma once

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/config/load.h"

namespace convoy::config {

class RouteConfigTest : public ::testing::Test {
 protected:
  // `manager`: fields of the connection manager, each line with its newline, indented by 10.
  void loadManager(const std::string& manager, const std::string& route_config,
                   const std::string& filters = "{name: envoy.filters.http.router}") {
    const std::string yaml =
        "static_resources:\n"
        "  listeners:\n"
        "  - name: front\n"
        "    address: {socket_address: {address: 127.0.0.1, port_value: 80}}\n"
        "    filter_chains:\n"
        "    - filters:\n"
        "      - name: envoy.filters.network.http_connection_manager\n"
        "        typed_config:\n"
        "          stat_prefix: front\n" +
        manager + "          http_filters: [" + filters + "]\n          route_config: {" +
        route_config +
        "}\n"
        "  clusters:\n"
        "  - {name: up, load_assignment: {cluster_name: up}}\n"
        "  - {name: other, load_assignment: {cluster_name: other}}\n";
    result_ = load({Source{"test.yaml", yaml, Source::Format::Yaml}}, {});
    messages_.clear();
    for (const Diagnostic& d : result_.diagnostics) messages_ += render(d);
  }
  void loadHost(const std::string& host) {
    loadManager("", "virtual_hosts: [{name: all, domains: ['*'], " + host + "}]");
  }
  // One route, as flow YAML: "match: {...}, route: {...}".
  void loadRoute(const std::string& route) { loadHost("routes: [{" + route + "}]"); }
  void loadAction(const std::string& action) {
    loadRoute("match: {prefix: /}, route: {cluster: up, " + action + "}");
  }

  const HttpConnectionManager& manager() const {
    return *result_.bootstrap->listeners.at(0).filter_chain.http();
  }
  const VirtualHost& host() const { return manager().route_config.virtual_hosts.at(0); }
  const Route& route() const { return host().routes.at(0); }
  const RouteAction& action() const { return route().action; }
  bool ok() const { return result_.ok(); }

  LoadResult result_;
  std::string messages_;
};

}  // namespace convoy::config
