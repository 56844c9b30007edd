#include "common/config/filter_overrides.h"

#include "common/config/parse.h"
#include "common/config/parse_filters.h"
#include "common/config/upgrade.h"

namespace convoy::config {

namespace {

constexpr std::string_view kRouter = "envoy.filters.http.router";

void parseOne(const TreeNode::Member& member, const std::string& path, const HttpChain& chain,
              RouteSettings& out, Diagnostics& d) {
  const std::string name(canonicalName(member.first));
  const std::string entry(chain.entryOf(name));
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
  } else if (chain.has(name) && (disabled || type.empty())) {
    out.filters.push_back({entry, disabled, nullptr});
  } else if (chain.has(name) && type == "CorsPolicy") {
    out.cors =
        parseCorsPolicy(*config, path, "envoy.extensions.filters.http.cors.v3.CorsPolicy", d);
    out.filters.push_back({entry, false, nullptr});
  } else if (FilterOverride one{entry, false, nullptr};
             chain.has(name) && parseFilterOfRoute(type, *config, path, one, d)) {
    out.filters.push_back(std::move(one));
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
    entries_.push_back({name == nullptr ? "" : std::string(canonicalName(name->scalar)),
                        std::string(httpFilterName(filter))});
  };
  if (!http_filters->isList()) add(*http_filters);
  for (const TreeNode& filter : http_filters->list) add(filter);
}

std::string_view HttpChain::entryOf(std::string_view name) const {
  for (const Entry& entry : entries_) {
    if (entry.name == name || (!name.empty() && entry.canonical == name)) return entry.name;
  }
  return {};
}

RouteSettings parseFilterOverrides(Reader& r, const HttpChain& chain) {
  RouteSettings out;
  r.message("typed_per_filter_config", [&](const TreeNode& n, const std::string& p) {
    for (const TreeNode::Member& member : n.members) {
      parseOne(member, p + "." + member.first, chain, out, r.diagnostics());
    }
  });
  r.unsupported("per_filter_config", "the filters' own settings apply");
  return out;
}

}  // namespace convoy::config
