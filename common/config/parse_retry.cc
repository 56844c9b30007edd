#include "common/base/text.h"
#include "common/config/parse.h"
#include "common/config/retry_conditions.h"

namespace convoy::config {

namespace {

void parseBackOff(const TreeNode& node, const std::string& path, RetryPolicy& out, Diagnostics& d) {
  Reader r(node, path, "envoy.config.route.v3.RetryPolicy.RetryBackOff", d);
  r.required("base_interval");
  const auto base = r.durationMs("base_interval");
  if (base && *base == 0) {
    r.error("base_interval", code::kWrongValue, "base_interval is above 0");
  }
  if (base) out.base_interval_ms = *base;
  out.max_interval_ms = r.durationMs("max_interval").value_or(out.base_interval_ms * 10);
  if (out.max_interval_ms < out.base_interval_ms) {
    r.error("max_interval", code::kWrongValue, "max_interval is at least base_interval");
  }
}

void parseRateLimited(const TreeNode& node, const std::string& path, RetryPolicy& out,
                      Diagnostics& d) {
  Reader r(node, path, "envoy.config.route.v3.RetryPolicy.RateLimitedRetryBackOff", d);
  r.required("reset_headers");
  r.list("reset_headers", [&](const TreeNode& n, const std::string& p) {
    Reader h(n, p, "envoy.config.route.v3.RetryPolicy.ResetHeader", d);
    h.required("name");
    using Format = RetryPolicy::ResetHeader::Format;
    out.reset_headers.push_back({base::lowered(h.text("name")),
                                 static_cast<Format>(h.enumeration(
                                     "format", {{"SECONDS", 0, 0}, {"UNIX_TIMESTAMP", 1, 1}}, 0))});
  });
  out.max_reset_interval_ms = r.durationMs("max_interval").value_or(out.max_reset_interval_ms);
  if (out.max_reset_interval_ms == 0) {
    r.error("max_interval", code::kWrongValue, "max_interval is above 0");
  }
}

void parsePriority(const TreeNode& node, const std::string& path, RetryPolicy& out,
                   Diagnostics& d) {
  Reader r(node, path, "envoy.config.route.v3.RetryPolicy.RetryPriority", d);
  const std::string name = r.text("name");
  const TreeNode* config = r.node("typed_config");
  if (typeOf(config) != "PreviousPrioritiesConfig") {
    d.unsupported(node.origin, path, "Convoy has no retry priority \"" + name + "\"",
                  "retries choose a priority as requests do");
    return;
  }
  Reader c(*config, r.pathOf("typed_config"),
           "envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig", d);
  const int64_t frequency = c.integer("update_frequency", 0);
  if (frequency <= 0) {
    c.error("update_frequency", code::kWrongValue, "update_frequency is above 0");
  } else {
    out.previous_priorities = static_cast<uint32_t>(std::min<int64_t>(frequency, UINT32_MAX));
  }
}

void parseOmitMetadata(const TreeNode& node, const std::string& path, RetryPolicy& out,
                       Diagnostics& d) {
  Reader r(node, path, "envoy.extensions.retry.host.omit_host_metadata.v3.OmitHostMetadataConfig",
           d);
  r.message("metadata_match", [&](const TreeNode& n, const std::string& p) {
    out.omit_host_metadata = parseLbMetadata(n, p, d);
  });
}

void parsePredicate(const TreeNode& node, const std::string& path, RetryPolicy& out,
                    Diagnostics& d) {
  Reader r(node, path, "envoy.config.route.v3.RetryPolicy.RetryHostPredicate", d);
  const std::string name = r.text("name");
  const TreeNode* config = r.node("typed_config");
  const std::string type = typeOf(config);
  if (name == "envoy.retry_host_predicates.previous_hosts" || type == "PreviousHostsPredicate") {
    out.avoid_previous_hosts = true;
    return;
  }
  if (name == "envoy.retry_host_predicates.omit_canary_hosts" ||
      type == "OmitCanaryHostsPredicate") {
    out.omit_canary_hosts = true;
    return;
  }
  if (type == "OmitHostMetadataConfig") {
    return parseOmitMetadata(*config, r.pathOf("typed_config"), out, d);
  }
  d.unsupported(node.origin, path, "Convoy has no retry host predicate \"" + name + "\"",
                "any host may be tried again");
}

}  // namespace

RetryPolicy parseRetryPolicy(const TreeNode& node, const std::string& path, Diagnostics& d) {
  RetryPolicy out;
  Reader r(node, path, "envoy.config.route.v3.RetryPolicy", d);
  std::string_view unknown;
  const std::string words = r.text("retry_on");
  out.on = parseRetryOn(words, &unknown);
  if (!unknown.empty()) {
    // Envoy ignores such a word without saying so.
    d.warning(r.node("retry_on")->origin, r.pathOf("retry_on"), code::kNoEffect,
              "\"" + std::string(unknown) + "\" is no condition of retry_on");
  }
  out.num_retries = static_cast<uint32_t>(r.uint("num_retries", 1));
  out.per_try_timeout_ms = r.durationMs("per_try_timeout").value_or(0);
  r.list("retriable_status_codes", [&](const TreeNode& n, const std::string& p) {
    const auto status = base::parseUint(n.scalar);
    if (!status || *status < 100 || *status > 599) {
      d.error(n.origin, p, code::kWrongValue, "a status is from 100 to 599");
      return;
    }
    out.retriable_status_codes.push_back(static_cast<int>(*status));
  });
  r.list("retriable_headers", [&](const TreeNode& n, const std::string& p) {
    out.retriable_headers.push_back(parseHeaderMatcher(n, p, d));
  });
  r.list("retriable_request_headers", [&](const TreeNode& n, const std::string& p) {
    out.retriable_request_headers.push_back(parseHeaderMatcher(n, p, d));
  });
  r.message("retry_back_off",
            [&](const TreeNode& n, const std::string& p) { parseBackOff(n, p, out, d); });
  r.list("retry_host_predicate",
         [&](const TreeNode& n, const std::string& p) { parsePredicate(n, p, out, d); });
  out.host_selection_attempts =
      static_cast<uint32_t>(r.integer("host_selection_retry_max_attempts", 1));
  out.per_try_idle_timeout_ms = r.durationMs("per_try_idle_timeout").value_or(0);
  r.message("retry_priority",
            [&](const TreeNode& n, const std::string& p) { parsePriority(n, p, out, d); });
  r.message("rate_limited_retry_back_off",
            [&](const TreeNode& n, const std::string& p) { parseRateLimited(n, p, out, d); });
  r.unsupported("retry_options_predicates", "retries are like the first attempt");
  return out;
}

}  // namespace convoy::config
