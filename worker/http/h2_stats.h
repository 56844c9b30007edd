// h2_stats: where the sessions of one HTTP connection manager or cluster count what happens to
// them: http2.* for all clients together, cluster.<name>.http2.*, as Envoy does. Worker loop.
#pragma once

#include "common/config/model/core.h"
#include "common/http/h2_settings.h"
#include "common/stats/stat_tables.h"

namespace convoy::worker {

// The options of a listener or cluster as a session wants them.
http::H2Settings h2SettingsOf(const config::Http2Options& options, const http::H1Settings& rules);

class DownstreamH2Observer final : public http::H2Observer {
 public:
  DownstreamH2Observer(stats::StatBlock<stats::ServerStat> server,
                       stats::StatBlock<stats::HttpStat> http)
      : server_(server), http_(http) {}
  void count(http::H2Counter counter) override;

 private:
  stats::StatBlock<stats::ServerStat> server_;
  stats::StatBlock<stats::HttpStat> http_;
};

class UpstreamH2Observer final : public http::H2Observer {
 public:
  explicit UpstreamH2Observer(stats::StatBlock<stats::ClusterStat> stats) : stats_(stats) {}
  void count(http::H2Counter counter) override;

 private:
  stats::StatBlock<stats::ClusterStat> stats_;
};

}  // namespace convoy::worker
