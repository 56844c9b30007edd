#include "worker/explain.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <unistd.h>

#include "common/base/arena.h"
#include "common/base/text.h"
#include "common/config/load.h"
#include "common/http/target.h"
#include "common/ipc/channel.h"
#include "worker/http/deadlines.h"
#include "worker/http/forwarded.h"
#include "worker/http/normalize.h"
#include "worker/listener/chain_match.h"
#include "worker/route/header_edits.h"
#include "worker/route/match_predicates.h"
#include "worker/route/route_table.h"
#include "worker/route/target_cluster.h"
#include "worker/worker.h"

namespace convoy::worker {

namespace {

using config::HttpConnectionManager;
using config::Listener;
using config::Route;
using config::VirtualHost;

// Shares of requests (runtime_fraction) are "numerator of 100, 10,000 or a million": 0 is in every
// share, this in none that is not all.
constexpr uint64_t kOutsideShares = 999999;
constexpr size_t kMaxTried = 100;
constexpr size_t kMaxText = 8192;

base::Error bad(const std::string& why) {
  return base::Error::make(base::ErrorKind::InvalidArgument, why);
}

std::string text(const Json::Value& request, const char* name, const char* otherwise) {
  std::string out = otherwise;
  base::getString(request, name, &out);
  return out.empty() ? otherwise : out;
}

bool isToken(std::string_view word) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !word.empty() && std::all_of(word.begin(), word.end(), [&](char c) {
    const char lower = base::toLower(c);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

bool isFieldText(std::string_view value) {
  return std::none_of(value.begin(), value.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  });
}

size_t indexIn(const std::vector<Route>& routes, const Route* route) {
  return static_cast<size_t>(route - routes.data());
}

// One question: what a stream does between the head of a request and the choice of a host.
class Explanation {
 public:
  Explanation(const config::Bootstrap& bootstrap, const Json::Value& request)
      : bootstrap_(bootstrap), asked_(request) {}

  base::Result<Json::Value> run() {
    auto head = readHead();
    if (!head.ok()) return head.error();
    const Listener* listener = findListener();
    if (listener == nullptr)
      return bad("there is no listener \"" + text(asked_, "listener", "") + "\"");
    out_["listener"] = Json::UInt64(static_cast<size_t>(listener - bootstrap_.listeners.data()));
    const auto chain = findChain(*listener);
    if (!chain.ok()) return chain.error();
    if (!chain.value()) return outcome("no_chain");
    out_["chain"] = Json::UInt64(*chain.value());
    const config::FilterChain& found = listener->chain(*chain.value());
    if (found.tcp() != nullptr) return tcp(*found.tcp());
    manager_ = found.http();
    return http();
  }

 private:
  Json::Value outcome(const char* what) {
    out_["outcome"] = what;
    return out_;
  }
  void note(const std::string& line) { out_["notes"].append(line); }

  base::Status readHead() {
    method_ = text(asked_, "method", "GET");
    host_ = base::lowered(text(asked_, "host", "localhost"));
    path_ = text(asked_, "path", "/");
    secure_ = text(asked_, "scheme", "http") == "https";
    if (!isToken(method_)) return bad("the method is not a word");
    if (path_.size() > kMaxText || host_.size() > kMaxText)
      return bad("the path or host is too long");
    if (path_[0] != '/' || !isFieldText(path_) || path_.find(' ') != std::string::npos) {
      return bad("the path has to begin with / and have no spaces or control characters in it");
    }
    if (!isFieldText(host_) || host_.find(' ') != std::string::npos)
      return bad("the host is no host");
    head_.method = http::methodOf(method_);
    head_.method_name = method_;
    head_.authority = host_;
    head_.path = path_;
    head_.scheme = secure_ ? "https" : "http";
    for (const Json::Value& field : asked_["headers"]) {
      if (!field.isArray() || field.size() != 2 || !field[0].isString() || !field[1].isString()) {
        return bad("headers is not a list of [name, value]");
      }
      const std::string name = base::lowered(field[0].asString());
      if (!isToken(name) || !isFieldText(field[1].asString())) {
        return bad("\"" + name +
                   "\" is not the name of a header, or its value has control characters");
      }
      if (name == "host") return bad("give the host in its own field, not as a header");
      head_.headers.add(arena_.copy(name), arena_.copy(base::trimOws(field[1].asString())));
    }
    return {};
  }

  const Listener* findListener() const {
    const std::string wanted = text(asked_, "listener", "");
    const auto& all = bootstrap_.listeners;
    const auto it = std::find_if(all.begin(), all.end(), [&](const Listener& l) {
      return wanted.empty() ? l.http() != nullptr : l.name == wanted;
    });
    return it == all.end() ? nullptr : &*it;
  }

  base::Result<std::optional<size_t>> findChain(const Listener& listener) {
    auto peer = net::Address::fromIp(text(asked_, "source", "127.0.0.1"), 50000);
    if (!peer.ok()) return bad("the source is not an IP address");
    peer_ = *peer;
    if (!listener.address.is_pipe) {
      auto local = net::Address::fromIp(listener.address.address, listener.address.port_value);
      if (local.ok()) local_ = *local;
    }
    ClientHello hello;
    const std::string name(host_.substr(0, host_.find(':')));
    if (secure_) hello.server_name = name;
    const ConnectionTraits traits{peer_, local_, secure_ ? &hello : nullptr};
    return ChainMatch(listener).find(traits);
  }

  Json::Value tcp(const config::TcpProxy& proxy) {
    if (!proxy.cluster.empty()) addCluster(proxy.cluster, 100);
    uint64_t sum = 0;
    for (const auto& weighted : proxy.weighted_clusters) sum += weighted.weight;
    for (const auto& weighted : proxy.weighted_clusters) {
      addCluster(weighted.name,
                 100.0 * weighted.weight / static_cast<double>(std::max<uint64_t>(sum, 1)));
    }
    return outcome("tcp");
  }

  Json::Value http() {
    const Normalized normalized = normalizeRequest(*manager_, local_, arena_, head_);
    net::Address remote;
    applyForwarded(*manager_, InternalAddresses(*manager_), bootstrap_.node, peer_, random_, arena_,
                   head_, remote, secure_);
    if (head_.path != path_) note("the path is normalized to " + std::string(head_.path));
    if (head_.authority != host_) note("the host is normalized to " + std::string(head_.authority));
    if (normalized == Normalized::Refuse)
      return refuse(400, "the path may not have that form here");
    if (normalized == Normalized::Redirect) {
      out_["status"] = 307;
      out_["location"] = std::string(head_.path);
      return outcome("redirect");
    }
    noteFilters();
    const auto table = RouteTable::build(manager_->route_config);
    const RouteMatchResult match = table->match(head_, 0);
    if (match.virtual_host == nullptr) return outcome("no_virtual_host");
    const auto& hosts = manager_->route_config.virtual_hosts;
    out_["virtual_host"] = Json::UInt64(static_cast<size_t>(match.virtual_host - hosts.data()));
    tellTried(*match.virtual_host, match.route);
    if (mustUseTls(*match.virtual_host, head_)) {
      note("the virtual host has require_tls");
      out_["status"] = 301;
      out_["location"] = "https://" + std::string(head_.authority) + std::string(head_.path);
      return outcome("redirect");
    }
    if (match.route == nullptr) return outcome("no_route");
    out_["route"] = Json::UInt64(indexIn(match.virtual_host->routes, match.route));
    tellShare(*table, *match.virtual_host, *match.route);
    return follow(*match.virtual_host, *match.route);
  }

  Json::Value refuse(int status, const std::string& why) {
    out_["status"] = status;
    note(why);
    return outcome("refused");
  }

  void noteFilters() {
    for (const config::HttpFilter& filter : manager_->http_filters) {
      if (filter.kind != config::HttpFilter::Kind::Router) {
        note("the filter " + filter.name + " sees the request first and may answer or change it");
      }
    }
  }

  void tellTried(const VirtualHost& host, const Route* found) {
    Json::Value& tried = out_["tried"] = Json::Value(Json::arrayValue);
    const std::string_view path = matchedPath(manager_->route_config, head_);
    for (const Route& route : host.routes) {
      if (&route == found || tried.size() == kMaxTried) break;
      tried.append(matchesPath(route.match, path) ? "headers, query parameters or share" : "path");
    }
  }

  // A route that takes a share of the requests leaves the others to those after it.
  void tellShare(const RouteTable& table, const VirtualHost& host, const Route& route) {
    if (!route.match.runtime_fraction) return;
    const auto& share = *route.match.runtime_fraction;
    out_["fraction"] = 100.0 * share.numerator / share.denominator;
    const RouteMatchResult otherwise = table.match(head_, kOutsideShares);
    if (otherwise.route != nullptr && otherwise.route != &route) {
      out_["otherwise"] = Json::UInt64(indexIn(host.routes, otherwise.route));
    }
  }

  Json::Value follow(const VirtualHost& host, const Route& route) {
    if (route.kind == Route::Kind::Redirect) {
      out_["status"] = route.redirect.status;
      out_["location"] = std::string(redirectLocation(route, head_, arena_));
      return outcome("redirect");
    }
    if (route.kind == Route::Kind::DirectResponse) {
      out_["status"] = route.direct.status;
      out_["body"] = route.direct.body.substr(0, kMaxText);
      return outcome("direct_response");
    }
    return forward(host, route);
  }

  Json::Value forward(const VirtualHost& host, const Route& route) {
    const config::RouteAction& action = route.action;
    const config::WeightedCluster* weighted = nullptr;
    uint64_t sum = 0;
    for (const auto& one : action.weighted_clusters) sum += one.weight;
    for (const auto& one : action.weighted_clusters) {
      if (one.weight == 0) continue;
      // What is told of the rewrites is that of the heaviest.
      if (weighted == nullptr || one.weight > weighted->weight) weighted = &one;
      addCluster(targetCluster(action, &one, head_), 100.0 * one.weight / static_cast<double>(sum));
    }
    if (action.weighted_clusters.empty()) addCluster(targetCluster(action, nullptr, head_), 100);
    const auto& clusters = out_["clusters"];
    if (std::none_of(clusters.begin(), clusters.end(),
                     [](const Json::Value& c) { return c["exists"].asBool(); })) {
      out_["status"] = action.cluster_not_found_status;
      return outcome("no_cluster");
    }
    const Deadlines deadlines = deadlinesOf(*manager_, action, arena_, head_);
    out_["timeout_ms"] = Json::UInt64(deadlines.route_ms);
    if (action.retry_policy) out_["retries"] = action.retry_policy->num_retries;
    Record record;
    record.request = &head_;
    record.downstream_direct_remote = record.downstream_remote = &peer_;
    record.downstream_local = &local_;
    const base::SystemClock clock;
    const FormatContext context{record, {}, clock};
    editRequestHeaders({weighted, &route, &host, &manager_->route_config}, context, arena_, head_);
    const bool add_original_path = std::none_of(
        manager_->http_filters.begin(), manager_->http_filters.end(),
        [](const config::HttpFilter& filter) { return filter.router_suppress_envoy_headers; });
    rewriteTarget(route, weighted, arena_, head_, add_original_path);
    if (!manager_->via.empty()) head_.headers.add(http::HeaderId::Via, manager_->via);
    if (action.auto_host_rewrite)
      note("the host becomes the name of the upstream host that is chosen");
    tellUpstream();
    return outcome("forward");
  }

  void addCluster(std::string_view name, double share) {
    Json::Value one(Json::objectValue);
    one["name"] = std::string(name);
    one["share"] = share;
    one["exists"] = bootstrap_.findCluster(std::string(name)) >= 0;
    out_["clusters"].append(std::move(one));
  }

  void tellUpstream() {
    Json::Value& upstream = out_["upstream"];
    upstream["method"] = std::string(head_.method_name);
    upstream["path"] = std::string(head_.path);
    upstream["host"] = std::string(head_.authority);
    upstream["headers"] = Json::Value(Json::arrayValue);
    for (const http::HeaderEntry& entry : head_.headers) {
      Json::Value field(Json::arrayValue);
      field.append(std::string(entry.name));
      field.append(std::string(entry.value));
      upstream["headers"].append(std::move(field));
    }
  }

  const config::Bootstrap& bootstrap_;
  const Json::Value& asked_;
  const HttpConnectionManager* manager_ = nullptr;
  base::Arena arena_;
  base::Random random_;
  std::string method_, host_, path_;
  bool secure_ = false;
  net::Address peer_, local_;
  http::RequestHead head_;
  Json::Value out_{Json::objectValue};
};

int refuse(const std::string& why) {
  std::fputs((why + "\n").c_str(), stdout);
  return 1;
}

}  // namespace

base::Result<Json::Value> explain(const config::Bootstrap& bootstrap, const Json::Value& request) {
  return Explanation(bootstrap, request).run();
}

int explainMain() {
  auto text = ipc::readAll(STDIN_FILENO);
  if (!text.ok()) return refuse("--explain is for convoy's own use");
  auto asked = base::parseJson(*text);
  std::string config;
  if (!asked.ok() || !base::getString(*asked, "config", &config) ||
      !(*asked)["request"].isObject()) {
    return refuse("--explain: the question does not parse");
  }
  const config::LoadResult loaded = config::loadCanonical("<master>", std::move(config));
  if (!loaded.ok()) return refuse("the configuration does not load");
  const auto answer = explain(*loaded.bootstrap, (*asked)["request"]);
  if (!answer.ok()) return refuse(answer.error().context);
  std::fputs((base::writeJson(*answer) + "\n").c_str(), stdout);
  return 0;
}

}  // namespace convoy::worker
