// A stream's worth of what filters see.
#pragma once

#include <array>
#include <string>

#include <gtest/gtest.h>

#include "worker/filters/filter.h"

namespace convoy::worker {

class FilterFixture : public ::testing::Test {
 protected:
  std::string requestField(std::string_view name) { return valueOf(request_.find(name)); }
  std::string responseField(std::string_view name) { return valueOf(response_.find(name)); }
  uint64_t counted(stats::HttpStat stat) { return stats_.get(stat); }

  http::RequestHead request_;
  http::ResponseHead response_;
  base::Arena arena_;
  config::RouteConfiguration configuration_;
  config::VirtualHost host_;
  config::Route route_;
  RouteMatchResult match_{&host_, &route_};
  base::Random random_;
  std::array<uint64_t, stats::StatTable<stats::HttpStat>::cells()> cells_{};
  stats::StatBlock<stats::HttpStat> stats_{cells_.data()};
  FilterContext context_{request_, response_, arena_, match_, configuration_, random_, stats_};

 private:
  static std::string valueOf(const std::string_view* value) {
    return value == nullptr ? "(absent)" : std::string(*value);
  }
};

}  // namespace convoy::worker
