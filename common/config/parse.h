// parse: Tree -> model, one noun a function, one family a file (parse_bootstrap, parse_listener,
// parse_http, parse_route, parse_cluster, parse_access_log, parse_core). Each takes the node and
// its path, reports to Diagnostics, and returns what could be read. Internal to common/config.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "common/config/diagnostics.h"
#include "common/config/filter_overrides.h"
#include "common/config/model/access_log_filter.h"
#include "common/config/model/bootstrap.h"
#include "common/config/reader.h"
#include "common/config/tree.h"

namespace convoy::config {

Bootstrap parseBootstrap(const TreeNode& node, Diagnostics& d);
Listener parseListener(const TreeNode& node, const std::string& path, Diagnostics& d);
Cluster parseCluster(const TreeNode& node, const std::string& path, Diagnostics& d);
HttpConnectionManager parseHttp(const TreeNode& node, const std::string& path, Diagnostics& d);
// What Envoy calls such a filter, whatever its entry in http_filters is called; "" if not known.
std::string_view httpFilterName(const TreeNode& filter);
void parseHttpFilters(Reader& r, HttpConnectionManager& out);
// `type`: the older message of a route or virtual host, or the filter's.
std::shared_ptr<const CorsPolicy> parseCorsPolicy(const TreeNode& node, const std::string& path,
                                                  std::string_view type, Diagnostics& d);
Http2Options parseHttp2Options(const TreeNode& node, const std::string& path, Diagnostics& d);
// `chain`: the HTTP filters that the requests go through.
RouteConfiguration parseRouteConfiguration(const TreeNode& node, const std::string& path,
                                           const HttpChain& chain, Diagnostics& d);
RetryPolicy parseRetryPolicy(const TreeNode& node, const std::string& path, Diagnostics& d);
HashPolicy parseHashPolicy(const TreeNode& node, const std::string& path, Diagnostics& d);
// Of a TCP proxy: whether it hashes the client's address.
bool parseTcpHashPolicy(const TreeNode& node, const std::string& path, Diagnostics& d);
// request_mirror_policies of the message that `r` reads; null: none.
std::shared_ptr<const MirrorPolicies> parseMirrors(Reader& r);
RouteMatch parseRouteMatch(const TreeNode& node, const std::string& path, Diagnostics& d);
// internal_redirect_policy of the RouteAction that `r` reads, or its older form; null: none.
std::shared_ptr<const InternalRedirectPolicy> parseInternalRedirects(Reader& r);
// Of an access log or a body. `sorted`: JSON by its keys, as Envoy writes bodies.
FormatString parseFormatString(const TreeNode& node, const std::string& path, Diagnostics& d,
                               bool sorted = false);
std::shared_ptr<const LocalReplyConfig> parseLocalReplies(const TreeNode& node,
                                                          const std::string& path, Diagnostics& d);
// header_key_format, of the Http1ProtocolOptions that `r` reads.
HeaderKeyFormat parseKeyFormat(Reader& r);
HeaderMatcher parseHeaderMatcher(const TreeNode& node, const std::string& path, Diagnostics& d);
AccessLog parseAccessLog(const TreeNode& node, const std::string& path, Diagnostics& d);
AccessLogFilter parseAccessLogFilter(const TreeNode& node, const std::string& path, Diagnostics& d);
// parse_load_balancing: of a cluster that `r` reads, or of its common_lb_config.
void parseLoadBalancing(Reader& r, LoadBalancing& out, Diagnostics& d);
void parseCommonLb(Reader& r, LoadBalancing& out, Diagnostics& d);
// What a Metadata says to load balancers; and what a Struct of that does.
LbMetadata parseLbMetadata(const TreeNode& node, const std::string& path, Diagnostics& d);
LbMetadata lbMetadata(const TreeNode& node);
double parsePercent(const TreeNode& node, const std::string& path, Diagnostics& d);
StatsConfig parseStatsConfig(const TreeNode& node, const std::string& path, Diagnostics& d);
HealthCheck parseHealthCheck(const TreeNode& node, const std::string& path, Diagnostics& d);
OutlierDetection parseOutlierDetection(const TreeNode& node, const std::string& path,
                                       Diagnostics& d);

// Of upgrade_configs. False, and reported: "connect-udp" (not yet), "h2c" (never), what is no name
// of a protocol. `type`: lower case.
bool checkUpgradeType(const std::string& type, Origin origin, const std::string& path,
                      Diagnostics& d);

// parse_core
// What an address is for: to listen on or to connect to (an IP address), or to be resolved.
enum class AddressUse : uint8_t { Listen, Connect, Resolve };
SocketAddress parseAddress(const TreeNode& node, const std::string& path, AddressUse use,
                           Diagnostics& d);
void parseAssignment(const TreeNode& node, const std::string& path, AddressUse use, Cluster& out,
                     Diagnostics& d);
Node parseNode(const TreeNode& node, const std::string& path, Diagnostics& d);
base::StringMatcher parseStringMatcher(const TreeNode& node, const std::string& path,
                                       Diagnostics& d);
std::shared_ptr<const base::Regex> parseRegex(const TreeNode& node, const std::string& path,
                                              Diagnostics& d, std::string* pattern = nullptr);
Fraction parseFraction(const TreeNode& node, const std::string& path, Diagnostics& d);
// A RuntimeFractionalPercent: the default value, which runtime layers may have replaced.
Fraction parseRuntimeFraction(const TreeNode& node, const std::string& path, Diagnostics& d);
RegexRewrite parseRegexRewrite(const TreeNode& node, const std::string& path, Diagnostics& d);
HeaderValueOption parseHeaderOption(const TreeNode& node, const std::string& path, Diagnostics& d);
// The name of a field that is to be removed, in lower case.
std::string parseRemovable(Reader& r, std::string_view field);
// request_headers_to_add and its three siblings, of the message that `r` reads.
HeaderMutations parseMutations(Reader& r, Diagnostics& d);
// The text of a DataSource: inline_string, or a file's.
std::string parseDataSource(const TreeNode& node, const std::string& path, Diagnostics& d);

// overload_manager: nothing of it is kept.
void checkOverloadManager(const TreeNode& node, const std::string& path, Diagnostics& d);

// An extension that is not implemented: E0201 if it is one of Envoy's, E0202 if nobody has it.
// `kind` is "HTTP filter" and so on, `prefix` what the names of its kind begin with.
void reportExtension(std::string_view kind, std::string_view prefix, Reader& r, Diagnostics& d);

// parse_tls: of the message that `r` reads, its transport_socket: tls, or nothing for raw_buffer or
// none. What cannot be built (a key that is not the certificate's) is reported.
std::optional<DownstreamTls> parseDownstreamSocket(Reader& r, Diagnostics& d);
std::optional<UpstreamTls> parseUpstreamSocket(Reader& r, Diagnostics& d);
// One of static_resources.secrets, which inline_secrets has put where it is used.
void checkSecret(const TreeNode& node, const std::string& path, Diagnostics& d);
// parse_listener_filter: of the listener that `r` reads, after its chains.
void parseListenerFilters(Reader& r, Listener& out, Diagnostics& d);
uint8_t parseTlvType(const TreeNode& node, const std::string& path, Diagnostics& d);
// parse_network_filter: one that is not the last of its chain, by its short name.
std::optional<NetworkFilter> parseEarlyFilter(std::string_view name, const TreeNode& node,
                                              const std::string& path, Diagnostics& d);
TokenBucket parseTokenBucket(const TreeNode& node, const std::string& path, Diagnostics& d);
// parse_rbac: the rules alone, of whichever filter.
RbacRules parseRbacRules(const TreeNode& node, const std::string& path, Diagnostics& d);
NetworkDirectResponse parseNetworkDirectResponse(const TreeNode& node, const std::string& path,
                                                 Diagnostics& d);
// parse_upstream_socket: the transport_socket of the cluster that `r` reads, `tls` included.
std::optional<UpstreamProxy> parseClusterSocket(Reader& r, std::optional<UpstreamTls>& tls,
                                                Diagnostics& d);
void parseAutoSni(const TreeNode& node, const std::string& path, AutoSni& out, Diagnostics& d);
// What it asks for and the cluster's TLS cannot do.
void checkAutoSni(const Cluster& cluster, Diagnostics& d);
UpstreamProxy parseProxyConfig(const TreeNode& node, const std::string& path, Diagnostics& d);
// parse_chain_match
// A list of CidrRange.
void parseRanges(Reader& r, std::string_view field, std::vector<CidrRange>& out);
std::optional<CidrRange> parseRange(const TreeNode& node, const std::string& path, Diagnostics& d);
FilterChainMatch parseChainMatch(const TreeNode& node, const std::string& path, Diagnostics& d);

// The @type of an Any, by its last part; "" if there is none.
std::string typeOf(const TreeNode* any);

}  // namespace convoy::config
