#include "common/base/text.h"
#include "common/config/parse.h"

namespace convoy::config {

namespace {

void parseHeader(const TreeNode& node, const std::string& path, HashPolicy& out, Diagnostics& d) {
  Reader r(node, path, "envoy.config.route.v3.RouteAction.HashPolicy.Header", d);
  r.required("header_name");
  out.kind = HashPolicy::Kind::Header;
  out.name = base::lowered(r.text("header_name"));
  r.message("regex_rewrite", [&](const TreeNode& n, const std::string& p) {
    out.regex_rewrite = parseRegexRewrite(n, p, d);
  });
}

// What would end the cookie, or the field that sets it.
void checkCookieText(Reader& r, std::string_view field, const std::string& text) {
  for (const char c : text) {
    if (c == ';' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      r.error(field, code::kWrongValue, "this cannot be part of a cookie: \"" + text + "\"");
      return;
    }
  }
}

void parseCookie(const TreeNode& node, const std::string& path, HashPolicy& out, Diagnostics& d) {
  Reader r(node, path, "envoy.config.route.v3.RouteAction.HashPolicy.Cookie", d);
  r.required("name");
  out.kind = HashPolicy::Kind::Cookie;
  out.name = r.text("name");
  checkCookieText(r, "name", out.name);
  if (const auto ttl = r.durationMs("ttl")) out.ttl_s = *ttl / 1000;
  out.path = r.text("path");
  checkCookieText(r, "path", out.path);
  r.list("attributes", [&](const TreeNode& n, const std::string& p) {
    Reader a(n, p, "envoy.config.route.v3.RouteAction.HashPolicy.CookieAttribute", d);
    a.required("name");
    const std::string name = a.text("name"), value = a.text("value");
    checkCookieText(a, "name", name);
    checkCookieText(a, "value", value);
    out.attributes.emplace_back(name, value);
  });
}

}  // namespace

HashPolicy parseHashPolicy(const TreeNode& node, const std::string& path, Diagnostics& d) {
  HashPolicy out;
  Reader r(node, path, "envoy.config.route.v3.RouteAction.HashPolicy", d);
  out.terminal = r.boolean("terminal", false);
  const std::string kind =
      r.oneOf({"header", "cookie", "connection_properties", "query_parameter", "filter_state"});
  if (kind.empty()) {
    r.error("", code::kMissing,
            "a hash policy needs header, cookie, connection_properties or query_parameter");
  }
  r.message("header", [&](const TreeNode& n, const std::string& p) { parseHeader(n, p, out, d); });
  r.message("cookie", [&](const TreeNode& n, const std::string& p) { parseCookie(n, p, out, d); });
  r.message("connection_properties", [&](const TreeNode& n, const std::string& p) {
    Reader c(n, p, "envoy.config.route.v3.RouteAction.HashPolicy.ConnectionProperties", d);
    out.kind = HashPolicy::Kind::SourceIp;
    if (!c.boolean("source_ip", false)) {
      c.error("source_ip", code::kWrongValue, "the only property there is: source_ip: true");
    }
  });
  r.message("query_parameter", [&](const TreeNode& n, const std::string& p) {
    Reader q(n, p, "envoy.config.route.v3.RouteAction.HashPolicy.QueryParameter", d);
    q.required("name");
    out.kind = HashPolicy::Kind::QueryParameter;
    out.name = q.text("name");
  });
  r.unsupported("filter_state", "hosts are chosen without it");
  return out;
}

bool parseTcpHashPolicy(const TreeNode& node, const std::string& path, Diagnostics& d) {
  Reader r(node, path, "envoy.type.v3.HashPolicy", d);
  if (r.oneOf({"source_ip", "filter_state"}).empty()) {
    r.error("", code::kMissing, "a hash policy needs source_ip: {}");
  }
  r.unsupported("filter_state", "hosts are chosen without it");
  r.message("source_ip", [&](const TreeNode& n, const std::string& p) {
    Reader(n, p, "envoy.type.v3.HashPolicy.SourceIp", d);
  });
  return r.has("source_ip");
}

}  // namespace convoy::config
