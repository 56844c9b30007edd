// filter_world: one exchange through one HTTP filter, for fuzz targets: what goes upstream and what
// comes down, cut as the target wants.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "worker/filters/filter.h"

namespace convoy::fuzz {

struct FilterWorld {
  // Runs `data` through decodeData in pieces; "(refused)" where the filter does.
  std::string up(worker::Filter& filter, std::string_view body, size_t step) {
    std::string out;
    for (size_t at = 0; at <= body.size(); at += step) {
      std::string_view data = body.substr(at, step);
      const bool end = at + step > body.size();
      if (filter.decodeData(context, data, end) == worker::FilterStatus::Refuse) return "(refused)";
      out += data;
    }
    return out;
  }
  // Head, data in pieces, trailers.
  std::string down(worker::Filter& filter, std::string_view body, size_t step,
                   http::HeaderMap trailers) {
    std::string out;
    filter.encodeHeaders(context, false);
    for (size_t at = 0; at < body.size(); at += step) {
      std::string_view data = body.substr(at, step);
      filter.encodeData(context, data, false);
      if (context.status != 0) return out;
      out += data;
    }
    std::string_view data;
    filter.encodeTrailers(context, trailers, data);
    return out.append(data);
  }

  http::RequestHead request;
  http::ResponseHead response;
  base::Arena arena;
  config::RouteConfiguration configuration;
  config::VirtualHost host;
  config::Route route;
  worker::RouteMatchResult match{&host, &route};
  base::Random random;
  std::array<uint64_t, stats::StatTable<stats::HttpStat>::cells()> cells{};
  stats::StatBlock<stats::HttpStat> stats{cells.data()};
  worker::FilterContext context{request, response, arena, match, configuration, random, stats};
};

}  // namespace convoy::fuzz
