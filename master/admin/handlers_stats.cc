#include <algorithm>

#include <fmt/format.h>

#include "common/base/text.h"
#include "master/admin/endpoints.h"
#include "master/admin/stats_text.h"
#include "master/metrics/prometheus_text.h"

namespace convoy::master {

namespace {

AdminResponse usage(const std::string& text) {
  return AdminResponse::text(text + "\n", 400);
}

constexpr const char* kFormatUsage = "usage: /stats?format=(json|prometheus|text)";
constexpr const char* kTypeUsage =
    "usage: /stats?type=(TextReadouts|Counters|Gauges|Histograms|All)";
constexpr const char* kBucketsUsage =
    "usage: /stats?histogram_buckets=(cumulative|disjoint|detailed|summary|none)";
constexpr const char* kHiddenUsage = "usage: /stats?hidden=(include|only|exclude)";
constexpr const char* kPrometheusUsage =
    "usage: /stats/prometheus?histogram_buckets=(cumulative|summary)";

// The filter as a compiled expression; null if there is none.
base::Result<std::shared_ptr<const base::Regex>> filterOf(const AdminRequest& request) {
  const std::string* pattern = request.param("filter");
  if (pattern == nullptr || pattern->empty()) return std::shared_ptr<const base::Regex>();
  return base::Regex::compile(*pattern);
}

// "" if every parameter was understood.
std::string readOptions(const AdminRequest& request, StatsOptions* options) {
  options->used_only = request.has("usedonly");
  options->invert_filter = request.has("invert_filter");
  options->pretty = request.has("pretty");
  if (const std::string* type = request.param("type")) {
    static constexpr std::string_view kTypes[] = {"all", "counters", "gauges", "histograms",
                                                  "textreadouts"};
    auto found = std::find(std::begin(kTypes), std::end(kTypes), base::lowered(*type));
    if (found == std::end(kTypes)) return kTypeUsage;
    options->type = static_cast<StatsOptions::Type>(found - std::begin(kTypes));
  }
  if (const std::string* buckets = request.param("histogram_buckets")) {
    static constexpr std::string_view kModes[] = {"summary", "cumulative", "disjoint", "detailed",
                                                  "none"};
    auto found = std::find(std::begin(kModes), std::end(kModes), *buckets);
    if (found == std::end(kModes)) return kBucketsUsage;
    options->buckets = static_cast<StatsOptions::Buckets>(found - std::begin(kModes));
  }
  if (const std::string* hidden = request.param("hidden")) {
    if (*hidden != "include" && *hidden != "only" && *hidden != "exclude") return kHiddenUsage;
    options->nothing = *hidden == "only";  // no stat is hidden
  }
  return "";
}

}  // namespace

AdminResponse handleStats(AdminContext& context, const AdminRequest& request) {
  const std::string* format = request.param("format");
  if (format != nullptr && *format == "prometheus") return handlePrometheus(context, request);
  if (format != nullptr && *format != "text" && *format != "json") return usage(kFormatUsage);
  StatsOptions options;
  if (std::string problem = readOptions(request, &options); !problem.empty()) {
    return usage(problem);
  }
  auto filter = filterOf(request);
  if (!filter.ok()) return usage("Invalid regex: \"" + filter.error().context + "\"");
  options.filter = filter.value();
  context.refreshGauges();
  if (format != nullptr && *format == "json") {
    return AdminResponse::json(statsJson(context.aggregate(), options));
  }
  return AdminResponse::text(statsText(context.aggregate(), options));
}

AdminResponse handlePrometheus(AdminContext& context, const AdminRequest& request) {
  ScrapeOptions options;
  options.used_only = request.has("usedonly");
  options.invert_filter = request.has("invert_filter");
  options.text_readouts = request.has("text_readouts");
  if (const std::string* buckets = request.param("histogram_buckets")) {
    if (*buckets != "cumulative" && *buckets != "summary") return usage(kPrometheusUsage);
    options.summaries = *buckets == "summary";
  }
  auto filter = filterOf(request);
  if (!filter.ok()) return usage("Invalid regex: \"" + filter.error().context + "\"");
  options.filter = filter.value();
  context.refreshGauges();
  AdminResponse response{200, kPrometheusContentType, "", nullptr};
  response.more = [scrape = PrometheusScrape(context.aggregate(), options)](
                      std::string& out) mutable { return scrape.next(out); };
  return response;
}

}  // namespace convoy::master
