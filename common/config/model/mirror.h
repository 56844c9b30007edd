// model/mirror: config.route.v3.RouteAction.RequestMirrorPolicy.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/config/model/core.h"

namespace convoy::config {

struct MirrorPolicy {
  std::string cluster;            // empty if the next is given
  std::string cluster_header;     // the request's field that names the cluster
  std::optional<Fraction> share;  // of the requests; absent: all
  bool shadow_suffix = true;      // "-shadow" after the host
  Origin origin;
};
using MirrorPolicies = std::vector<MirrorPolicy>;

}  // namespace convoy::config
