// grpc_stats: envoy.filters.http.grpc_stats: counts gRPC calls by the cluster that they went to:
// their statuses, the messages each way, and how long the server took; those of the methods that
// the configuration names each on their own. Which cells those are is known from the start
// (common/stats/directory), so a client cannot make series. Counts what the filters behind it
// make of a call, and answers of our own where a cluster was chosen for them.
#pragma once

#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/stats/stat_tables.h"
#include "worker/context.h"
#include "worker/filters/filter.h"
#include "worker/filters/grpc_frames.h"

namespace convoy::worker {

// The counters of one filter, by cluster and method.
class GrpcCounters final : public FilterState {
 public:
  using Block = stats::StatBlock<stats::GrpcStat>;
  GrpcCounters(const config::GrpcStatsFilter& settings, WorkerContext& context);

  // Null: nothing counts the calls of this cluster. `method`: as methodOf says.
  Block* of(std::string_view cluster, size_t method);
  static constexpr size_t kNoCall = SIZE_MAX;
  static constexpr size_t kOther = 0;
  // Of "/service/method"; kOther: of those without counters of their own; kNoCall: not that form.
  size_t methodOf(std::string_view path) const;
  bool upstreamTime() const { return settings_.upstream_time; }

 private:
  const config::GrpcStatsFilter& settings_;
  std::unordered_map<std::string_view, std::unordered_map<std::string_view, size_t>> methods_;
  std::unordered_map<std::string_view, std::vector<Block>> clusters_;  // [kOther], then the methods
};

class GrpcStatsFilter final : public Filter {
 public:
  explicit GrpcStatsFilter(GrpcCounters& counters) : counters_(counters) {}
  FilterStatus decodeHeaders(FilterContext& context, bool end) override;
  FilterStatus decodeData(FilterContext& context, std::string_view& data, bool end) override;
  void encodeHeaders(FilterContext& context, bool end) override;
  void encodeData(FilterContext& context, std::string_view& data, bool end) override;
  void encodeTrailers(FilterContext& context, http::HeaderMap& trailers,
                      std::string_view& data) override;
  bool seesBodies() const override { return active_; }
  void reset() override;

 private:
  GrpcCounters::Block* block(FilterContext& context);
  void countStatus(FilterContext& context, const http::HeaderMap& fields);
  void countTime(FilterContext& context);

  GrpcCounters& counters_;
  bool active_ = false;
  bool grpc_response_ = false;
  size_t method_ = 0;
  GrpcCounters::Block* block_ = nullptr;  // null: the cluster is not known (yet)
  uint64_t asked_ = 0;                    // messages from before it was
  GrpcFrames request_, response_;
};

}  // namespace convoy::worker
