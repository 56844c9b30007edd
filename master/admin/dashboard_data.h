// dashboard_data: the numbers behind the dashboard, cheap enough to be asked for every second: only
// counters and gauges, as rows of numbers in the order of dashboardMap()'s names; rates and
// quantiles are the reader's to make of two answers. Stateless; the master's loop.
//
//   GET /dashboard/data[?cluster=NAME...][&memory]
//   {"time_ms", "map", "state", "uptime_s", "workers": [...], "master": {...},
//    "listeners": [row...], "http": [row...], "tcp": [row...], "clusters": [row...],
//    "hosts": {NAME: [[address, hostname, state, weight, priority, zone, active, answers, errors,
//              timed, time_us]...]}}
// The last five of a host are what the workers said the last time (host_stats.h): absent until
// then.
//
// A row has the values of dashboardFields(); zeros at its end are left out, so that a cluster that
// does nothing costs six bytes. "map" changes when what /dashboard/map says changes.
#pragma once

#include <string>
#include <vector>

#include "master/admin/context.h"

namespace convoy::master {

// Of one kind of row, in order: "name", or "name:5" for five values (classes of answers: 1xx to
// 5xx) or "name:20" (buckets of a histogram, not cumulative).
std::vector<std::string> clusterFields();
std::vector<std::string> httpFields();
std::vector<std::string> tcpFields();
std::vector<std::string> listenerFields();

// What rows belong to, in the order of the rows; shared by data and map.
std::vector<std::string> statPrefixes(const config::Bootstrap& bootstrap, bool http);

struct DataQuestion {
  std::vector<std::string> clusters;  // whose hosts are wanted; a few count (host_stats.h)
  bool memory = false;                // proportional memory, too
};
std::string dashboardData(AdminContext& context, const DataQuestion& question);
// Tells one state of what /dashboard/map says from another.
std::string mapId(const AdminContext& context);

}  // namespace convoy::master
