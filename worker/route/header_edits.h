// header_edits: what a matched route changes in a request before it goes up and in a response
// before it goes down: paths, host, headers. New strings are made in the stream's arena. Stateless.
#pragma once

#include <string_view>
#include <vector>

#include "common/base/arena.h"
#include "common/base/random.h"
#include "common/config/model/route.h"
#include "common/http/header_map.h"
#include "worker/access_log/format.h"

namespace convoy::worker {

// The levels whose mutations apply, any may be null. Envoy's default order: weighted cluster,
// route, virtual host, route configuration (reversed by most_specific_header_mutations_wins).
struct EditLevels {
  const config::WeightedCluster* weighted = nullptr;
  const config::Route* route = nullptr;
  const config::VirtualHost* virtual_host = nullptr;
  const config::RouteConfiguration* configuration = nullptr;
};

void editRequestHeaders(const EditLevels& levels, const FormatContext& context, base::Arena& arena,
                        http::RequestHead& head);
void editResponseHeaders(const EditLevels& levels, const FormatContext& context, base::Arena& arena,
                         http::ResponseHead& head);
// One level of fields, as those of a route.
void addFields(const std::vector<config::HeaderValueOption>& fields, const FormatContext& context,
               base::Arena& arena, http::HeaderMap& headers);
// Of the header_mutation filter: one after the other.
void applySteps(const std::vector<config::HeaderStep>& steps, const FormatContext& context,
                base::Arena& arena, http::HeaderMap& headers);
// prefix_rewrite / regex_rewrite (the query string is kept), and the host_rewrite fields. Sets
// x-envoy-original-path when the path is rewritten, as Envoy does unless the router suppresses its
// headers. Envoy's order: editRequestHeaders first, so that a value with %REQ(:PATH)% sees the old
// path.
void rewriteTarget(const config::Route& route, const config::WeightedCluster* weighted,
                   base::Arena& arena, http::RequestHead& head, bool add_original_path = true);
// `append_forwarded`: the client's host goes to x-forwarded-host; `add_original`: and to
// x-envoy-original-host.
void replaceHost(std::string_view host, bool append_forwarded, bool add_original,
                 base::Arena& arena, http::RequestHead& head);
// The Location of a redirect (config.route.v3.RedirectAction).
std::string_view redirectLocation(const config::Route& route, const http::RequestHead& head,
                                  base::Arena& arena);
// What pickWeighted is to go by: the number in the route's header, or a random one.
uint64_t weightedPoint(const config::RouteAction& action, const http::RequestHead& request,
                       base::Random& random);
// Picks by weight; `random` is any 64-bit number. nullptr if there are none.
const config::WeightedCluster* pickWeighted(const config::RouteAction& action, uint64_t random);

}  // namespace convoy::worker
