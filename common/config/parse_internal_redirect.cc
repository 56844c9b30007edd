// Which redirects of an upstream are followed here.
#include <algorithm>
#include <array>

#include "common/base/text.h"
#include "common/config/parse.h"

namespace convoy::config {

namespace {

using Predicate = InternalRedirectPolicy::Predicate;

// Envoy follows these and no others, whatever else is listed.
constexpr std::array<uint64_t, 5> kStatuses = {301, 302, 303, 307, 308};

void parseStatuses(Reader& r, InternalRedirectPolicy& out) {
  std::vector<int> statuses;
  bool any = false;
  r.list("redirect_response_codes", [&](const TreeNode& n, const std::string& p) {
    any = true;
    const auto status = base::parseUint(n.scalar);
    if (status && std::find(kStatuses.begin(), kStatuses.end(), *status) != kStatuses.end()) {
      statuses.push_back(static_cast<int>(*status));
      return;
    }
    r.diagnostics().warning(n.origin, p, code::kNoEffect,
                            "only 301, 302, 303, 307 and 308 are followed");
  });
  if (any) out.statuses = std::move(statuses);
  if (out.statuses.size() > 5) {
    r.error("redirect_response_codes", code::kWrongValue, "at most 5 codes may stand here");
  }
}

void parsePredicate(const TreeNode& node, const std::string& path, InternalRedirectPolicy& out,
                    Diagnostics& d) {
  Reader r(node, path, "envoy.config.core.v3.TypedExtensionConfig", d);
  const std::string name = r.text("name");
  const TreeNode* config = r.node("typed_config");
  const std::string type = typeOf(config);
  Predicate predicate;
  if (type == "PreviousRoutesConfig") {
    Reader(*config, r.pathOf("typed_config"),
           "envoy.extensions.internal_redirect.previous_routes.v3.PreviousRoutesConfig", d);
  } else if (type == "SafeCrossSchemeConfig") {
    predicate.kind = Predicate::Kind::SafeCrossScheme;
    Reader(*config, r.pathOf("typed_config"),
           "envoy.extensions.internal_redirect.safe_cross_scheme.v3.SafeCrossSchemeConfig", d);
  } else if (type == "AllowListedRoutesConfig") {
    predicate.kind = Predicate::Kind::AllowListed;
    Reader c(*config, r.pathOf("typed_config"),
             "envoy.extensions.internal_redirect.allow_listed_routes.v3.AllowListedRoutesConfig",
             d);
    predicate.names = c.texts("allowed_route_names");
  } else {
    d.unsupported(
        node.origin, path,
        "Convoy has no internal redirect predicate \"" + (type.empty() ? name : type) + "\"",
        "any route may be the target of a redirect");
    return;
  }
  out.predicates.push_back(std::move(predicate));
}

InternalRedirectPolicy parsePolicy(const TreeNode& node, const std::string& path, Diagnostics& d) {
  InternalRedirectPolicy out;
  Reader r(node, path, "envoy.config.route.v3.InternalRedirectPolicy", d);
  out.max_redirects = static_cast<uint32_t>(r.uint("max_internal_redirects", 1));
  parseStatuses(r, out);
  r.list("predicates",
         [&](const TreeNode& n, const std::string& p) { parsePredicate(n, p, out, d); });
  out.allow_cross_scheme = r.boolean("allow_cross_scheme_redirect", false);
  for (const std::string& name : r.texts("response_headers_to_copy")) {
    const std::string lower = base::lowered(name);
    if (lower.starts_with(':') || lower == "host") {
      r.error("response_headers_to_copy", code::kWrongValue,
              "\"" + lower + "\" is not a field that can be copied");
    } else {
      out.headers_to_copy.push_back(lower);
    }
  }
  return out;
}

}  // namespace

std::shared_ptr<const InternalRedirectPolicy> parseInternalRedirects(Reader& r) {
  std::shared_ptr<InternalRedirectPolicy> out;
  // The older form: a switch, and a number beside it.
  const bool handled =
      r.enumeration("internal_redirect_action",
                    {{"PASS_THROUGH_INTERNAL_REDIRECT", 0, 0}, {"HANDLE_INTERNAL_REDIRECT", 1, 1}},
                    0) == 1;
  const auto most = static_cast<uint32_t>(r.uint("max_internal_redirects", 1));
  r.message("internal_redirect_policy", [&](const TreeNode& n, const std::string& p) {
    out = std::make_shared<InternalRedirectPolicy>(parsePolicy(n, p, r.diagnostics()));
  });
  if (out == nullptr && handled) {
    out = std::make_shared<InternalRedirectPolicy>();
    out->max_redirects = most;
  }
  return out;
}

}  // namespace convoy::config
