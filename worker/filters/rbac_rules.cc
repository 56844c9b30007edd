#include "worker/filters/rbac_rules.h"

#include <algorithm>

#include "common/http/target.h"
#include "worker/route/match_predicates.h"

namespace convoy::worker {

namespace {

using config::RbacRule;

bool within(const net::Address* address, const config::CidrRange& range) {
  if (address == nullptr) return false;
  const auto network = net::Address::fromIp(range.address, 0);
  return network.ok() && address->isWithin(*network, range.prefix);
}

// The names that a certificate has for its owner: URIs, else DNS names, else the subject (Envoy).
bool authenticated(const RbacRule& rule, net::Transport* transport) {
  if (transport == nullptr) return false;
  if (!rule.text) return true;
  const net::CertificateText* peer = transport->peerCertificate();
  if (peer == nullptr) return rule.text->matches("");
  const auto& names = !peer->uri_sans.empty() ? peer->uri_sans : peer->dns_sans;
  if (names.empty()) return rule.text->matches(peer->subject);
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& name) { return rule.text->matches(name); });
}

bool holds(const RbacRule& rule, const http::RequestHead& request, const Record& record) {
  using Kind = RbacRule::Kind;
  const auto member = [&](const RbacRule& one) { return holds(one, request, record); };
  switch (rule.kind) {
    case Kind::Any:
      return true;
    case Kind::And:
      return std::all_of(rule.members.begin(), rule.members.end(), member);
    case Kind::Or:
      return std::any_of(rule.members.begin(), rule.members.end(), member);
    case Kind::Not:
      return !member(rule.members.front());
    case Kind::Header:
      return matchesHeader(*rule.header, request);
    case Kind::UrlPath:
      return rule.text && rule.text->matches(http::pathOf(request.path));
    case Kind::DestinationIp:
      return within(record.downstream_local, rule.range);
    case Kind::DestinationPorts: {
      const uint32_t port =
          record.downstream_local == nullptr ? 0 : record.downstream_local->port();
      return port >= rule.port_first && port < rule.port_end;
    }
    case Kind::ServerName: {
      net::Transport* transport = record.downstream_transport;
      return rule.text->matches(transport == nullptr ? "" : transport->serverName());
    }
    case Kind::Authenticated:
      return authenticated(rule, record.downstream_transport);
    case Kind::DirectRemoteIp:
      return within(record.downstream_direct_remote, rule.range);
    case Kind::RemoteIp:
      return within(record.downstream_remote, rule.range);
  }
  return false;
}

}  // namespace

RbacVerdict judge(const config::RbacRules& rules, const http::RequestHead& request,
                  const Record& record) {
  using Action = config::RbacRules::Action;
  const auto any = [&](const std::vector<RbacRule>& list) {
    return std::any_of(list.begin(), list.end(),
                       [&](const RbacRule& rule) { return holds(rule, request, record); });
  };
  for (const config::RbacPolicy& policy : rules.policies) {
    if (any(policy.permissions) && any(policy.principals)) {
      return {rules.action != Action::Deny, policy.name};
    }
  }
  return {rules.action != Action::Allow, {}};
}

}  // namespace convoy::worker
