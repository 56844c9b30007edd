#include "common/config/filter_overrides.h"

#include <algorithm>

#include "common/config/parse.h"
#include "common/config/upgrade.h"

namespace convoy::config {

namespace {

constexpr std::string_view kRouter = "envoy.filters.http.router";

void parseOne(const TreeNode::Member& member, const std::string& path, const HttpChain& chain,
              FilterOverrides& out, Diagnostics& d) {
  const std::string name(canonicalName(member.first));
  std::string type = typeOf(&member.second);
  const TreeNode* config = &member.second;
  bool disabled = false;
  if (type == "FilterConfig") {
    Reader f(member.second, path, "envoy.config.route.v3.FilterConfig", d);
    disabled = f.boolean("disabled", false);
    f.ignore("is_optional");
    config = f.node("config");
    type = typeOf(config);
  } else if (type.empty() && !member.second.members.empty()) {
    d.error(member.second.origin, path, code::kMissing, "\"@type\" is missing: what is set here?");
    return;
  }
  if (name == kRouter) {
    d.error(member.second.key_origin, path, code::kWrongValue,
            "the router has no settings for single routes or virtual hosts");
  } else if (chain.has(name) && type == "CorsPolicy" && !disabled) {
    out.cors =
        parseCorsPolicy(*config, path, "envoy.extensions.filters.http.cors.v3.CorsPolicy", d);
  } else if (chain.has(name)) {
    d.unsupported(member.second.key_origin, path,
                  "Envoy has settings of \"" + name + "\"" +
                      (type.empty() ? "" : " (" + type + ")") +
                      " for single routes and virtual hosts, Convoy does not yet",
                  "the filter's own settings apply");
  } else if (!disabled) {
    d.warning(member.second.key_origin, path, code::kNoEffect,
              "there is no filter \"" + name + "\" in http_filters: this changes nothing");
  }
}

}  // namespace

HttpChain::HttpChain(const TreeNode* http_filters) {
  if (http_filters == nullptr) return;
  const auto add = [this](const TreeNode& filter) {
    const TreeNode* name = filter.find("name");
    if (name != nullptr) names_.emplace_back(canonicalName(name->scalar));
    names_.emplace_back(httpFilterName(filter));
  };
  if (!http_filters->isList()) add(*http_filters);
  for (const TreeNode& filter : http_filters->list) add(filter);
}

bool HttpChain::has(std::string_view name) const {
  return std::find(names_.begin(), names_.end(), name) != names_.end();
}

FilterOverrides parseFilterOverrides(Reader& r, const HttpChain& chain) {
  FilterOverrides out;
  r.message("typed_per_filter_config", [&](const TreeNode& n, const std::string& p) {
    for (const TreeNode::Member& member : n.members) {
      parseOne(member, p + "." + member.first, chain, out, r.diagnostics());
    }
  });
  r.unsupported("per_filter_config", "the filters' own settings apply");
  return out;
}

}  // namespace convoy::config
