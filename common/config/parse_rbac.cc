#include <algorithm>

#include "common/config/parse.h"
#include "common/config/parse_filters.h"

namespace convoy::config {

namespace {

using Kind = RbacRule::Kind;
using ParseRule = RbacRule (*)(const TreeNode&, const std::string&, Diagnostics&);

// "and_rules: {rules: []}" and its three like.
void parseSet(Reader& r, std::string_view field, std::string_view inner, std::string_view type,
              Kind kind, ParseRule parse, RbacRule& out) {
  r.message(field, [&](const TreeNode& n, const std::string& p) {
    Reader s(n, p, type, r.diagnostics());
    s.required(inner);
    out.kind = kind;
    s.list(inner, [&](const TreeNode& m, const std::string& mp) {
      out.members.push_back(parse(m, mp, r.diagnostics()));
    });
  });
}

void parseNot(Reader& r, std::string_view field, ParseRule parse, RbacRule& out) {
  r.message(field, [&](const TreeNode& n, const std::string& p) {
    out.kind = Kind::Not;
    out.members.push_back(parse(n, p, r.diagnostics()));
  });
}

void parseAny(Reader& r, RbacRule& out) {
  out.kind = Kind::Any;
  if (!r.boolean("any", true)) r.error("any", code::kWrongValue, "any is true or is left out");
}

void parseHeaderRule(Reader& r, RbacRule& out) {
  r.message("header", [&](const TreeNode& n, const std::string& p) {
    out.kind = Kind::Header;
    out.header = parseHeaderMatcher(n, p, r.diagnostics());
  });
}

void parseUrlPath(Reader& r, RbacRule& out) {
  r.message("url_path", [&](const TreeNode& n, const std::string& p) {
    Reader u(n, p, "envoy.type.matcher.v3.PathMatcher", r.diagnostics());
    u.required("path");
    out.kind = Kind::UrlPath;
    u.message("path", [&](const TreeNode& t, const std::string& tp) {
      out.text = parseStringMatcher(t, tp, r.diagnostics());
    });
  });
}

void parseIp(Reader& r, std::string_view field, Kind kind, RbacRule& out) {
  r.message(field, [&](const TreeNode& n, const std::string& p) {
    out.kind = kind;
    if (const auto range = parseRange(n, p, r.diagnostics())) out.range = *range;
  });
}

void parsePorts(Reader& r, RbacRule& out) {
  if (r.has("destination_port")) {
    out.kind = Kind::DestinationPorts;
    out.port_first = static_cast<uint32_t>(r.uint("destination_port", 0, 65535));
    out.port_end = out.port_first + 1;
  }
  r.message("destination_port_range", [&](const TreeNode& n, const std::string& p) {
    Reader range(n, p, "envoy.type.v3.Int32Range", r.diagnostics());
    out.kind = Kind::DestinationPorts;
    out.port_first = static_cast<uint32_t>(range.uint("start", 0, 65536));
    out.port_end = static_cast<uint32_t>(range.uint("end", 0, 65536));
  });
}

RbacRule parsePermission(const TreeNode& node, const std::string& path, Diagnostics& d) {
  RbacRule out;
  Reader r(node, path, "envoy.config.rbac.v3.Permission", d);
  const std::string kind =
      r.oneOf({"and_rules", "or_rules", "any", "header", "url_path", "destination_ip",
               "destination_port", "destination_port_range", "metadata", "not_rule",
               "requested_server_name", "matcher", "uri_template", "sourced_metadata"});
  if (kind.empty()) r.error("", code::kMissing, "a permission says what it permits, or any: true");
  if (kind == "any") parseAny(r, out);
  constexpr std::string_view kSet = "envoy.config.rbac.v3.Permission.Set";
  parseSet(r, "and_rules", "rules", kSet, Kind::And, parsePermission, out);
  parseSet(r, "or_rules", "rules", kSet, Kind::Or, parsePermission, out);
  parseNot(r, "not_rule", parsePermission, out);
  parseHeaderRule(r, out);
  parseUrlPath(r, out);
  parseIp(r, "destination_ip", Kind::DestinationIp, out);
  parsePorts(r, out);
  r.message("requested_server_name", [&](const TreeNode& n, const std::string& p) {
    out.kind = Kind::ServerName;
    out.text = parseStringMatcher(n, p, d);
  });
  for (const std::string_view field : {"metadata", "sourced_metadata", "matcher", "uri_template"}) {
    r.unsupported(field, "the permission permits everything");
  }
  return out;
}

RbacRule parsePrincipal(const TreeNode& node, const std::string& path, Diagnostics& d) {
  RbacRule out;
  Reader r(node, path, "envoy.config.rbac.v3.Principal", d);
  const std::string kind = r.oneOf(
      {"and_ids", "or_ids", "any", "authenticated", "source_ip", "direct_remote_ip", "remote_ip",
       "header", "url_path", "metadata", "filter_state", "not_id", "sourced_metadata", "custom"});
  if (kind.empty()) r.error("", code::kMissing, "a principal says who it is, or any: true");
  if (kind == "any") parseAny(r, out);
  constexpr std::string_view kSet = "envoy.config.rbac.v3.Principal.Set";
  parseSet(r, "and_ids", "ids", kSet, Kind::And, parsePrincipal, out);
  parseSet(r, "or_ids", "ids", kSet, Kind::Or, parsePrincipal, out);
  parseNot(r, "not_id", parsePrincipal, out);
  parseHeaderRule(r, out);
  parseUrlPath(r, out);
  parseIp(r, "source_ip", Kind::DirectRemoteIp, out);
  parseIp(r, "direct_remote_ip", Kind::DirectRemoteIp, out);
  parseIp(r, "remote_ip", Kind::RemoteIp, out);
  r.message("authenticated", [&](const TreeNode& n, const std::string& p) {
    Reader a(n, p, "envoy.config.rbac.v3.Principal.Authenticated", d);
    out.kind = Kind::Authenticated;
    a.message("principal_name", [&](const TreeNode& t, const std::string& tp) {
      out.text = parseStringMatcher(t, tp, d);
    });
  });
  for (const std::string_view field : {"metadata", "sourced_metadata", "filter_state", "custom"}) {
    r.unsupported(field, "the principal is anybody");
  }
  return out;
}

RbacPolicy parsePolicy(const TreeNode::Member& member, const std::string& path, Diagnostics& d) {
  RbacPolicy out;
  out.name = member.first;
  Reader r(member.second, path, "envoy.config.rbac.v3.Policy", d);
  r.required("permissions");
  r.required("principals");
  r.list("permissions", [&](const TreeNode& n, const std::string& p) {
    out.permissions.push_back(parsePermission(n, p, d));
  });
  r.list("principals", [&](const TreeNode& n, const std::string& p) {
    out.principals.push_back(parsePrincipal(n, p, d));
  });
  for (const std::string_view field : {"condition", "checked_condition", "cel_config"}) {
    r.unsupported(field, "the policy applies to all requests that match");
  }
  return out;
}

}  // namespace

RbacRules parseRbacRules(const TreeNode& node, const std::string& path, Diagnostics& d) {
  RbacRules out;
  Reader r(node, path, "envoy.config.rbac.v3.RBAC", d);
  out.action = static_cast<RbacRules::Action>(
      r.enumeration("action", {{"ALLOW", 0, 0}, {"DENY", 1, 1}, {"LOG", 2, 2}}, 0));
  r.message("policies", [&](const TreeNode& n, const std::string& p) {
    for (const TreeNode::Member& member : n.members) {
      out.policies.push_back(parsePolicy(member, p + "." + member.first, d));
    }
  });
  std::sort(out.policies.begin(), out.policies.end(),
            [](const RbacPolicy& a, const RbacPolicy& b) { return a.name < b.name; });
  r.unsupported("audit_logging_options", "no audit log is written");
  return out;
}

FilterSettings parseRbac(Reader& r) {
  RbacFilter out;
  const auto rules = [&](std::string_view field, std::optional<RbacRules>& into) {
    r.message(field, [&](const TreeNode& n, const std::string& p) {
      into = parseRbacRules(n, p, r.diagnostics());
    });
  };
  rules("rules", out.rules);
  rules("shadow_rules", out.shadow_rules);
  r.unsupported("matcher", "no request is refused");
  r.unsupported("shadow_matcher", "no request is counted");
  r.unsupported("rules_stat_prefix", "the counters have no prefix of their own");
  r.unsupported("shadow_rules_stat_prefix", "the counters have no prefix of their own");
  r.unsupported("track_per_rule_stats", "policies are not counted one by one");
  return out;
}

FilterSettings parseRbacOfRoute(Reader& r, bool& disabled) {
  FilterSettings out;
  disabled = !r.has("rbac");  // Envoy: an empty message turns it off
  r.message("rbac", [&](const TreeNode& n, const std::string& p) {
    Reader inner(n, p, "envoy.extensions.filters.http.rbac.v3.RBAC", r.diagnostics());
    out = parseRbac(inner);
  });
  return out;
}

}  // namespace convoy::config
