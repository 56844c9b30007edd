#include "common/config/parse.h"

namespace convoy::config {

std::shared_ptr<const CorsPolicy> parseCorsPolicy(const TreeNode& node, const std::string& path,
                                                  std::string_view type, Diagnostics& d) {
  auto out = std::make_shared<CorsPolicy>();
  Reader r(node, path, type, d);
  r.list("allow_origin_string_match", [&](const TreeNode& n, const std::string& p) {
    out->allow_origins.push_back(parseStringMatcher(n, p, d));
  });
  out->allow_methods = r.text("allow_methods");
  out->allow_headers = r.text("allow_headers");
  out->expose_headers = r.text("expose_headers");
  out->max_age = r.text("max_age");
  const auto flag = [&r](std::string_view field) {
    return r.has(field) ? std::optional<bool>(r.boolean(field, false)) : std::nullopt;
  };
  out->allow_credentials = flag("allow_credentials");
  out->allow_private_network_access = flag("allow_private_network_access");
  out->forward_not_matching_preflights = flag("forward_not_matching_preflights");
  const auto fraction = [&](std::string_view field, std::optional<Fraction>& into) {
    r.message(field, [&](const TreeNode& n, const std::string& p) {
      into = parseRuntimeFraction(n, p, d);
    });
  };
  fraction("filter_enabled", out->filter_enabled);
  fraction("shadow_enabled", out->shadow_enabled);
  return out;
}

}  // namespace convoy::config
