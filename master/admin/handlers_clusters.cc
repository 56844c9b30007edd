#include "master/admin/clusters_report.h"
#include "master/admin/endpoints.h"
#include "master/admin/json_text.h"

namespace convoy::master {

namespace {

AdminResponse report(AdminContext& context, const std::vector<uint32_t>& wanted, bool as_json,
                     const HostSums& sums) {
  const auto bootstrap = context.bootstrap();
  Json::Value json(Json::objectValue);
  std::string text;
  for (const uint32_t i : wanted) {
    const ClusterReport report{bootstrap->clusters[i], i, context.hosts(i), context.successRates(i),
                               sums};
    if (as_json) {
      json["cluster_statuses"].append(clusterStatusJson(report));
    } else {
      appendClusterText(report, text);
    }
  }
  return as_json ? AdminResponse::json(protoJson(json)) : AdminResponse::text(std::move(text));
}

std::vector<uint32_t> clustersLike(const config::Bootstrap& bootstrap, const base::Regex* filter) {
  std::vector<uint32_t> out;
  for (uint32_t i = 0; i < bootstrap.clusters.size(); ++i) {
    if (filter == nullptr || filter->partialMatch(bootstrap.clusters[i].name)) out.push_back(i);
  }
  return out;
}

}  // namespace

// Workers count what they see of hosts: they are asked first.
void handleClusters(AdminContext& context, const AdminRequest& request, Reply reply) {
  std::shared_ptr<const base::Regex> filter;
  if (const std::string* pattern = request.param("filter"); pattern && !pattern->empty()) {
    auto regex = base::Regex::compile(*pattern);
    if (!regex.ok()) return reply(AdminResponse::text(regex.error().context + "\n", 400));
    filter = *regex;
  }
  const std::string* format = request.param("format");
  const bool as_json = format != nullptr && *format == "json";
  const uint32_t generation = context.reloads().generation;
  const auto wanted = clustersLike(*context.bootstrap(), filter.get());
  context.surveyHosts(wanted, [&context, wanted, filter, as_json, generation,
                               reply = std::move(reply)](const HostSums& sums) {
    // A reload came between: other clusters, and workers that have counted nothing yet.
    if (context.reloads().generation != generation) {
      return reply(report(context, clustersLike(*context.bootstrap(), filter.get()), as_json, {}));
    }
    reply(report(context, wanted, as_json, sums));
  });
}

}  // namespace convoy::master
