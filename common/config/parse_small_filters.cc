// HTTP filters whose settings are a few fields: health_check, buffer, csrf, header_mutation.
#include "common/base/text.h"
#include "common/config/parse.h"
#include "common/config/parse_filters.h"

namespace convoy::config {

FilterSettings parseHealthCheckFilter(Reader& r) {
  HealthCheckFilter out;
  Diagnostics& d = r.diagnostics();
  r.required("pass_through_mode");
  out.pass_through = r.boolean("pass_through_mode", false);
  out.cache_ms = r.durationMs("cache_time").value_or(0);
  r.list("headers", [&](const TreeNode& n, const std::string& p) {
    out.headers.push_back(parseHeaderMatcher(n, p, d));
  });
  if (out.cache_ms != 0 && !out.pass_through) {
    r.error("cache_time", code::kConflict, "cache_time needs pass_through_mode: true");
  }
  r.message("cluster_min_healthy_percentages", [&](const TreeNode& n, const std::string& p) {
    for (const TreeNode::Member& member : n.members) {
      Reader percent(member.second, p + "." + member.first, "envoy.type.v3.Percent", d);
      const double value = percent.number("value", 0);
      if (value < 0 || value > 100) {
        percent.error("value", code::kWrongValue, "a percentage is from 0 to 100");
      }
      out.min_healthy_percent.emplace_back(member.first, value);
    }
  });
  if (!out.min_healthy_percent.empty() && out.pass_through) {
    r.error("cluster_min_healthy_percentages", code::kConflict,
            "cluster_min_healthy_percentages needs pass_through_mode: false");
  }
  return out;
}

FilterSettings parseBuffer(Reader& r) {
  BufferFilter out;
  r.required("max_request_bytes");
  out.max_request_bytes = r.uint("max_request_bytes", 0);
  if (out.max_request_bytes == 0) {
    r.error("max_request_bytes", code::kWrongValue, "max_request_bytes is above 0");
  }
  return out;
}

FilterSettings parseBufferOfRoute(Reader& r, bool& disabled) {
  FilterSettings out;
  if (r.oneOf({"disabled", "buffer"}).empty()) {
    r.error("", code::kMissing, "either disabled: true or buffer stands here");
  }
  disabled = r.boolean("disabled", false);
  r.message("buffer", [&](const TreeNode& n, const std::string& p) {
    Reader inner(n, p, "envoy.extensions.filters.http.buffer.v3.Buffer", r.diagnostics());
    out = parseBuffer(inner);
  });
  return out;
}

FilterSettings parseCsrf(Reader& r) {
  CsrfPolicy out;
  Diagnostics& d = r.diagnostics();
  r.required("filter_enabled");
  r.message("filter_enabled", [&](const TreeNode& n, const std::string& p) {
    out.enabled = parseRuntimeFraction(n, p, d);
  });
  r.message("shadow_enabled", [&](const TreeNode& n, const std::string& p) {
    out.shadow = parseRuntimeFraction(n, p, d);
  });
  r.list("additional_origins", [&](const TreeNode& n, const std::string& p) {
    out.additional_origins.push_back(parseStringMatcher(n, p, d));
  });
  return out;
}

namespace {

std::vector<HeaderStep> parseSteps(Reader& r, std::string_view field) {
  std::vector<HeaderStep> out;
  r.list(field, [&](const TreeNode& n, const std::string& p) {
    HeaderStep step;
    Reader s(n, p, "envoy.config.common.mutation_rules.v3.HeaderMutation", r.diagnostics());
    if (s.oneOf({"remove", "append", "remove_on_match"}).empty()) {
      s.error("", code::kMissing, "a mutation is remove or append");
    }
    s.unsupported("remove_on_match", "the fields stay");
    if (s.has("remove")) step.remove = parseRemovable(s, "remove");
    s.message("append", [&](const TreeNode& o, const std::string& op) {
      step.add = parseHeaderOption(o, op, r.diagnostics());
    });
    out.push_back(std::move(step));
  });
  return out;
}

void parseMutationLists(Reader& r, HeaderMutationFilter& out) {
  r.message("mutations", [&](const TreeNode& n, const std::string& p) {
    Reader m(n, p, "envoy.extensions.filters.http.header_mutation.v3.Mutations", r.diagnostics());
    out.request = parseSteps(m, "request_mutations");
    out.response = parseSteps(m, "response_mutations");
    m.unsupported("query_parameter_mutations", "query strings go on unchanged");
    m.unsupported("response_trailers_mutations", "trailers go on unchanged");
    m.unsupported("request_trailers_mutations", "trailers go on unchanged");
  });
}

}  // namespace

FilterSettings parseHeaderMutation(Reader& r) {
  HeaderMutationFilter out;
  parseMutationLists(r, out);
  out.most_specific_wins = r.boolean("most_specific_header_mutations_wins", false);
  return out;
}

FilterSettings parseHeaderMutationOfRoute(Reader& r, bool&) {
  HeaderMutationFilter out;
  parseMutationLists(r, out);
  return out;
}

}  // namespace convoy::config
