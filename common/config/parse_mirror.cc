#include "common/base/text.h"
#include "common/config/parse.h"

namespace convoy::config {

namespace {

MirrorPolicy parseMirror(const TreeNode& node, const std::string& path, Diagnostics& d) {
  MirrorPolicy out;
  out.origin = node.origin;
  Reader r(node, path, "envoy.config.route.v3.RouteAction.RequestMirrorPolicy", d);
  if (r.oneOf({"cluster", "cluster_header"}).empty()) {
    r.error("", code::kMissing, "a mirror policy needs cluster or cluster_header");
  }
  out.cluster = r.text("cluster");
  if (const TreeNode* cluster = r.node("cluster")) out.origin = cluster->origin;
  out.cluster_header = base::lowered(r.text("cluster_header"));
  r.message("runtime_fraction", [&](const TreeNode& n, const std::string& p) {
    out.share = parseRuntimeFraction(n, p, d);
  });
  r.noEffect("trace_sampled", "requests are not traced");
  out.shadow_suffix = !r.boolean("disable_shadow_host_suffix_append", false);
  r.unsupported("request_headers_mutations", "the copy has the fields of the request");
  r.unsupported("host_rewrite_literal", "the copy has the host of the request");
  return out;
}

}  // namespace

std::shared_ptr<const MirrorPolicies> parseMirrors(Reader& r) {
  auto out = std::make_shared<MirrorPolicies>();
  r.list("request_mirror_policies", [&](const TreeNode& n, const std::string& p) {
    out->push_back(parseMirror(n, p, r.diagnostics()));
  });
  return out->empty() ? nullptr : std::move(out);
}

}  // namespace convoy::config
