// What a route matches: the path of a request, its fields, its query, its certificate.
#include "common/base/text.h"
#include "common/config/parse.h"
#include "common/config/uri_template.h"

namespace convoy::config {

HeaderMatcher parseHeaderMatcher(const TreeNode& node, const std::string& path, Diagnostics& d) {
  using Kind = base::StringMatcher::Kind;
  HeaderMatcher out;
  Reader r(node, path, "envoy.config.route.v3.HeaderMatcher", d);
  r.required("name");
  out.name = base::lowered(r.text("name"));
  out.invert_match = r.boolean("invert_match", false);
  out.treat_missing_as_empty = r.boolean("treat_missing_header_as_empty", false);
  const std::string kind =
      r.oneOf({"exact_match", "safe_regex_match", "range_match", "present_match", "prefix_match",
               "suffix_match", "contains_match", "string_match"});
  const auto make = [&](Kind k, const std::string& pattern) {
    out.kind = HeaderMatcher::Kind::String;
    auto made = base::StringMatcher::make(k, pattern);
    if (made.ok()) out.string = *made;
  };
  if (kind == "exact_match") make(Kind::Exact, r.text(kind));
  if (kind == "prefix_match") make(Kind::Prefix, r.text(kind));
  if (kind == "suffix_match") make(Kind::Suffix, r.text(kind));
  if (kind == "contains_match") make(Kind::Contains, r.text(kind));
  if (kind == "present_match") out.present = r.boolean(kind, true);
  if (kind == "string_match") {
    out.kind = HeaderMatcher::Kind::String;
    out.string = parseStringMatcher(*r.node(kind), r.pathOf(kind), d);
  }
  if (kind == "safe_regex_match") {
    std::string pattern;
    parseRegex(*r.node(kind), r.pathOf(kind), d, &pattern);
    make(Kind::Regex, pattern);
  }
  if (kind == "range_match") {
    out.kind = HeaderMatcher::Kind::Range;
    Reader range(*r.node(kind), r.pathOf(kind), "envoy.type.v3.Int64Range", d);
    out.range_start = range.integer("start", 0);
    out.range_end = range.integer("end", 0);
  }
  return out;
}

namespace {

QueryParameterMatcher parseQueryMatcher(const TreeNode& node, const std::string& path,
                                        Diagnostics& d) {
  QueryParameterMatcher out;
  Reader r(node, path, "envoy.config.route.v3.QueryParameterMatcher", d);
  r.required("name");
  out.name = r.text("name");
  const std::string kind = r.oneOf({"string_match", "present_match"});
  if (kind == "string_match") {
    out.string = parseStringMatcher(*r.node(kind), r.pathOf(kind), d);
  } else {
    out.present_only = true;
    out.present = r.boolean("present_match", true);
  }
  return out;
}

CookieMatcher parseCookieMatcher(const TreeNode& node, const std::string& path, Diagnostics& d) {
  CookieMatcher out;
  Reader r(node, path, "envoy.config.route.v3.CookieMatcher", d);
  r.required("name");
  r.required("string_match");
  out.name = r.text("name");
  r.message("string_match", [&](const TreeNode& n, const std::string& p) {
    out.string = parseStringMatcher(n, p, d);
  });
  out.invert_match = r.boolean("invert_match", false);
  return out;
}

// envoy.path.match.uri_template: a regular expression made of it.
void parseTemplateMatch(const TreeNode& node, const std::string& path, RouteMatch& out,
                        Diagnostics& d) {
  Reader r(node, path, "envoy.config.core.v3.TypedExtensionConfig", d);
  r.ignore("name");
  const TreeNode* config = r.node("typed_config");
  if (typeOf(config) != "UriTemplateMatchConfig") {
    d.unsupported(node.origin, path, "Convoy matches paths by uri_template only here",
                  "the route matches like prefix \"\"");
    return;
  }
  Reader c(*config, r.pathOf("typed_config"),
           "envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig", d);
  c.required("path_template");
  const auto made = parseUriTemplate(c.text("path_template"));
  if (!made.ok()) {
    c.error("path_template", code::kWrongValue, made.error().context);
    return;
  }
  out.path_kind = RouteMatch::Path::SafeRegex;
  out.path = made->regex;
  out.template_variables = made->variables;
  out.regex = base::Regex::compile(out.path).value();
}

}  // namespace

RouteMatch parseRouteMatch(const TreeNode& node, const std::string& path, Diagnostics& d) {
  RouteMatch out;
  Reader r(node, path, "envoy.config.route.v3.RouteMatch", d);
  const std::string kind = r.oneOf({"prefix", "path", "safe_regex", "path_separated_prefix",
                                    "connect_matcher", "path_match_policy"});
  if (kind.empty()) {
    r.error("", code::kMissing,
            "a route match needs prefix, path, safe_regex, path_separated_prefix or "
            "connect_matcher");
  } else if (kind == "prefix") {
    out.path = r.text(kind);
  } else if (kind == "path") {
    out.path_kind = RouteMatch::Path::Exact;
    out.path = r.text(kind);
  } else if (kind == "path_separated_prefix") {
    out.path_kind = RouteMatch::Path::PathSeparatedPrefix;
    out.path = r.text(kind);
    if (out.path.empty() || out.path[0] != '/' || out.path.back() == '/') {
      r.error(kind, code::kWrongValue,
              "path_separated_prefix starts with '/' and ends without one");
    }
  } else if (kind == "safe_regex") {
    out.path_kind = RouteMatch::Path::SafeRegex;
    out.regex = parseRegex(*r.node(kind), r.pathOf(kind), d, &out.path);
  }
  r.message("connect_matcher", [&](const TreeNode& n, const std::string& p) {
    Reader(n, p, "envoy.config.route.v3.RouteMatch.ConnectMatcher", d);
    out.path_kind = RouteMatch::Path::Connect;
  });
  r.message("path_match_policy",
            [&](const TreeNode& n, const std::string& p) { parseTemplateMatch(n, p, out, d); });
  out.case_sensitive = r.boolean("case_sensitive", true);
  r.list("headers", [&](const TreeNode& n, const std::string& p) {
    out.headers.push_back(parseHeaderMatcher(n, p, d));
  });
  r.list("query_parameters", [&](const TreeNode& n, const std::string& p) {
    out.query_parameters.push_back(parseQueryMatcher(n, p, d));
  });
  r.message("runtime_fraction", [&](const TreeNode& n, const std::string& p) {
    out.runtime_fraction = parseRuntimeFraction(n, p, d);
  });
  r.message("grpc", [&](const TreeNode& n, const std::string& p) {
    Reader(n, p, "envoy.config.route.v3.RouteMatch.GrpcRouteMatchOptions", d);
    out.grpc = true;
  });
  r.message("tls_context", [&](const TreeNode& n, const std::string& p) {
    Reader t(n, p, "envoy.config.route.v3.RouteMatch.TlsContextMatchOptions", d);
    if (t.has("presented")) out.certificate_presented = t.boolean("presented", true);
    if (t.has("validated")) out.certificate_validated = t.boolean("validated", true);
  });
  r.unsupported("dynamic_metadata", "metadata is not looked at");
  r.unsupported("filter_state", "filter state is not looked at");
  r.list("cookies", [&](const TreeNode& n, const std::string& p) {
    out.cookies.push_back(parseCookieMatcher(n, p, d));
  });
  return out;
}

}  // namespace convoy::config
