// explain: which way a request would take through a configuration: filter chain, virtual host,
// route, cluster, what is rewritten; told by the very code that routes requests, without sending
// any. explainMain() (worker.h) is a child process of the master that answers one question of the
// admin interface and ends, so that neither master nor workers spend time or risk on it.
//
//   stdin   {"config": "<canonical JSON>", "request": {"listener", "scheme", "method", "host",
//           "path", "source", "headers": [["name", "value"], ...]}}
//   stdout  the answer, one line of JSON; exit status 0. Else the reason, for people; status 1
//
// The answer: {"outcome": "forward" | "redirect" | "direct_response" | "refused" | "no_route" |
// "no_virtual_host" | "no_cluster" | "no_chain" | "tcp", "listener", "chain", "virtual_host",
// "route" (indices, where there is one), "tried": why earlier routes of the virtual host did not
// match, "status", "location", "body", "clusters": [{"name", "share", "exists"}], "upstream":
// {"method", "path", "host", "headers"}, "timeout_ms", "fraction", "notes": [...]}
#pragma once

#include <string>

#include "common/base/json.h"
#include "common/base/result.h"
#include "common/config/model/bootstrap.h"

namespace convoy::worker {

base::Result<Json::Value> explain(const config::Bootstrap& bootstrap, const Json::Value& request);

}  // namespace convoy::worker
