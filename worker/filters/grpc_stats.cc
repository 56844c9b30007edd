#include "worker/filters/grpc_stats.h"

#include <algorithm>
#include <utility>

#include "common/base/text.h"
#include "worker/http/local_reply.h"
#include "worker/route/target_cluster.h"

namespace convoy::worker {

using http::HeaderId;
using stats::GrpcStat;

namespace {

// The next part of a path, "" after the last; empty ones do not count (Envoy).
std::string_view nextPart(std::string_view& path) {
  path.remove_prefix(std::min(path.size(), path.find_first_not_of('/')));
  const std::string_view part = path.substr(0, path.find('/'));
  path.remove_prefix(part.size());
  return part;
}

// 200 with its type; or a head with a status that is all.
bool isGrpcAnswer(const http::ResponseHead& response, bool end) {
  if (end) return response.headers.has(HeaderId::GrpcStatus);
  return response.status == 200 && isGrpcType(response.headers);
}

}  // namespace

// --- GrpcCounters ---

GrpcCounters::GrpcCounters(const config::GrpcStatsFilter& settings, WorkerContext& context)
    : settings_(settings) {
  for (size_t i = 0; i < settings.methods.size(); ++i) {
    methods_[settings.methods[i].service][settings.methods[i].name] = i + 1;
  }
  for (const config::Cluster& cluster : context.bootstrap->clusters) {
    const uint32_t others = context.directory.grpc(cluster);
    if (others == stats::Directory::kNone) continue;
    std::vector<Block>& blocks = clusters_[cluster.name];
    blocks.emplace_back(context.cells(others));
    for (const config::GrpcMethod& method : settings.methods) {
      const uint32_t cells = context.directory.grpc(cluster, method);
      // Of a cluster that only another filter's routes lead to: with the others.
      blocks.emplace_back(context.cells(cells == stats::Directory::kNone ? others : cells));
    }
  }
}

size_t GrpcCounters::methodOf(std::string_view path) const {
  path = path.substr(0, path.find('?'));
  const std::string_view service = nextPart(path), method = nextPart(path);
  if (method.empty() || !nextPart(path).empty()) return kNoCall;
  const auto of_service = methods_.find(service);
  if (of_service == methods_.end()) return kOther;
  const auto found = of_service->second.find(method);
  return found == of_service->second.end() ? kOther : found->second;
}

GrpcCounters::Block* GrpcCounters::of(std::string_view cluster, size_t method) {
  const auto found = clusters_.find(cluster);
  return found == clusters_.end() ? nullptr : &found->second[method];
}

// --- GrpcStatsFilter ---

FilterStatus GrpcStatsFilter::decodeHeaders(FilterContext& context, bool) {
  const RouteMatchResult& match = context.match;
  const bool forwards = match.route != nullptr && match.route->kind == config::Route::Kind::Forward;
  if (!forwards || !isGrpc(context.request)) return FilterStatus::Continue;
  method_ = counters_.methodOf(context.request.path);
  active_ = method_ != GrpcCounters::kNoCall;
  if (!active_) return FilterStatus::Continue;
  // Which of several weighted ones it is to be is chosen later.
  const config::RouteAction& action = match.route->action;
  if (action.weighted_clusters.empty()) {
    block_ = counters_.of(targetCluster(action, nullptr, context.request), method_);
  }
  return FilterStatus::Continue;
}

GrpcCounters::Block* GrpcStatsFilter::block(FilterContext& context) {
  if (block_ == nullptr && context.record != nullptr) {
    block_ = counters_.of(context.record->upstream_cluster, method_);
  }
  if (block_ != nullptr && asked_ != 0) {
    block_->add(GrpcStat::request_message_count, std::exchange(asked_, 0));
  }
  return block_;
}

FilterStatus GrpcStatsFilter::decodeData(FilterContext& context, std::string_view& data, bool) {
  asked_ += request_.count(data);
  block(context);
  return FilterStatus::Continue;
}

void GrpcStatsFilter::encodeHeaders(FilterContext& context, bool end) {
  if (!active_) return;
  grpc_response_ = isGrpcAnswer(context.response, end);
  countStatus(context, context.response.headers);
  if (end) countTime(context);
}

void GrpcStatsFilter::encodeData(FilterContext& context, std::string_view& data, bool) {
  if (!grpc_response_) return;
  const uint64_t begun = response_.count(data);
  if (begun == 0) return;
  if (GrpcCounters::Block* counters = block(context)) {
    counters->add(GrpcStat::response_message_count, begun);
  }
}

void GrpcStatsFilter::encodeTrailers(FilterContext& context, http::HeaderMap& trailers,
                                     std::string_view&) {
  countStatus(context, trailers);
  countTime(context);
}

// A status that gRPC does not have counts as a failure only: series are not the server's to make.
void GrpcStatsFilter::countStatus(FilterContext& context, const http::HeaderMap& fields) {
  GrpcCounters::Block* counters = block(context);
  const std::string_view* status = fields.find(HeaderId::GrpcStatus);
  if (counters == nullptr || status == nullptr) return;
  counters->inc(GrpcStat::total);
  counters->inc(*status == "0" ? GrpcStat::success : GrpcStat::failure);
  const auto number = base::parseUint(*status);
  constexpr auto kFirst = static_cast<uint64_t>(GrpcStat::status_0);
  constexpr auto kMost = static_cast<uint64_t>(GrpcStat::status_16) - kFirst;
  if (number && *number <= kMost) counters->inc(static_cast<GrpcStat>(kFirst + *number));
}

void GrpcStatsFilter::countTime(FilterContext& context) {
  GrpcCounters::Block* counters = block(context);
  if (!counters_.upstreamTime() || counters == nullptr || context.record == nullptr) return;
  const Record& record = *context.record;
  if (record.upstream_last_tx_us == 0 || record.upstream_last_rx_us == 0) return;
  const uint64_t sent = std::min(record.upstream_last_tx_us, record.upstream_last_rx_us);
  counters->observe(GrpcStat::upstream_rq_time, record.upstream_last_rx_us - sent);
}

void GrpcStatsFilter::reset() {
  active_ = grpc_response_ = false;
  method_ = 0;
  block_ = nullptr;
  asked_ = 0;
  request_.reset();
  response_.reset();
}

}  // namespace convoy::worker
