// dashboard_map: what the dashboard shows and does not change from second to second: the
// configuration as a map (listener -> filter chain -> virtual host -> route -> cluster), where it
// came from, what its loader doubted, and the last reloads. Names are the operator's text, to be
// escaped by who shows them. Stateless; the master's loop.
#pragma once

#include "common/base/json.h"
#include "master/admin/context.h"

namespace convoy::master {

// Routes beyond this are counted, not told.
inline constexpr size_t kMaxMapRoutes = 2000;

Json::Value dashboardMap(const AdminContext& context);

// "file.yaml:12": where the operator wrote it; "" if it is not from a file.
std::string placeOf(const Provenance& provenance, const config::Origin& origin);

}  // namespace convoy::master
