#include "worker/network/access_rules.h"

#include <algorithm>

#include "common/http/target.h"
#include "worker/route/match_predicates.h"

namespace convoy::worker {

namespace {

using config::RbacRule;

bool within(const net::Address* address, const config::CidrRange& range) {
  return address != nullptr && address->isWithin(range.octets, range.prefix);
}

bool portWithin(const net::Address* address, const RbacRule& rule) {
  const uint32_t port = address == nullptr || !address->isIp() ? 0 : address->port();
  return port >= rule.port_first && port < rule.port_end;
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

bool holds(const RbacRule& rule, const AccessFacts& facts) {
  using Kind = RbacRule::Kind;
  const auto member = [&](const RbacRule& one) { return holds(one, facts); };
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
      return facts.request != nullptr && matchesHeader(*rule.header, *facts.request);
    case Kind::UrlPath:
      return facts.request != nullptr && rule.text &&
             rule.text->matches(http::pathOf(facts.request->path));
    case Kind::DestinationIp:
      return within(facts.local, rule.range);
    case Kind::DestinationPorts:
      return portWithin(facts.local, rule);
    case Kind::ServerName:
      return rule.text->matches(facts.server_name);
    case Kind::Authenticated:
      return authenticated(rule, facts.transport);
    case Kind::DirectRemoteIp:
      return within(facts.direct_remote, rule.range);
    case Kind::RemoteIp:
      return within(facts.remote, rule.range);
  }
  return false;
}

}  // namespace

AccessVerdict judge(const config::RbacRules& rules, const AccessFacts& facts) {
  using Action = config::RbacRules::Action;
  const auto any = [&](const std::vector<RbacRule>& list) {
    return std::any_of(list.begin(), list.end(),
                       [&](const RbacRule& rule) { return holds(rule, facts); });
  };
  for (const config::RbacPolicy& policy : rules.policies) {
    if (any(policy.permissions) && any(policy.principals)) {
      return {rules.action != Action::Deny, policy.name};
    }
  }
  return {rules.action != Action::Allow, {}};
}

}  // namespace convoy::worker
