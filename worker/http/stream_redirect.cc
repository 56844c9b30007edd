// How a request goes on after a redirect that is followed here: its first pass is over, with its
// line in the access log and its place in the counters, and the next one begins as a request of its
// own, from the route on (Envoy: recreateStream).
#include "worker/http/conn_manager.h"
#include "worker/http/normalize.h"
#include "worker/http/stream.h"

namespace convoy::worker {

using stats::ClusterStat;
using stats::HttpStat;

namespace {

// Why the client gets the redirect, where there is a counter for it.
std::optional<HttpStat> counterOf(RedirectResult result) {
  switch (result) {
    case RedirectResult::BadLocation:
      return HttpStat::passthrough_internal_redirect_bad_location;
    case RedirectResult::UnsafeScheme:
      return HttpStat::passthrough_internal_redirect_unsafe_scheme;
    case RedirectResult::TooMany:
      return HttpStat::passthrough_internal_redirect_too_many_redirects;
    case RedirectResult::NoRoute:
      return HttpStat::passthrough_internal_redirect_no_route;
    case RedirectResult::Predicate:
      return HttpStat::passthrough_internal_redirect_predicate;
    case RedirectResult::Followed:
    case RedirectResult::NoLocation:
      break;
  }
  return std::nullopt;
}

}  // namespace

// REQUIRES: the route has a policy. True: the answer is not for the client, and the request is on
// its way to where it points.
bool Stream::redirected(bool end) {
  const config::Route& route = *match_.route;
  if (!isFollowed(*route.action.internal_redirect, response_.status)) return false;
  ClusterStats& stats = attempt_.cluster()->stats();
  RedirectResult result = RedirectResult::NoLocation;
  if (request_complete_ && redirectable_) {
    const RedirectCase c{
        route, manager_->routes(), context_->random.next(), record_.downstream_transport, arena_,
        trail_};
    result = followRedirect(c, response_, request_);
  }
  if (result == RedirectResult::Followed) {
    stats.inc(ClusterStat::upstream_internal_redirect_succeeded_total);
    beginAgain(end);
    return true;
  }
  if (const auto counter = counterOf(result)) manager_->httpStats().inc(*counter);
  stats.inc(ClusterStat::upstream_internal_redirect_failed_total);
  return false;
}

// `end`: the answer was no more than its head.
void Stream::beginAgain(bool end) {
  if (!end) attempt_.abort();
  record_.response = &response_;
  record_.status = response_.status;
  record_.details = "internal_redirect";
  from_upstream_ = true;
  account();
  // What is left of the first pass: the request, its body, and where it has been.
  std::string body = std::move(replay_);
  if (request_.body == http::BodyKind::None) {
    body.clear();
    request_trailers_.clear();
  }
  resumeReading();
  retry_.clear(attempt_.cluster());
  forgetPass();
  pending_.append(body);
  begin(*connection_, *encoder_);
  record_.bytes_received = body.size();
  record_.request_end_us = record_.start_us;
  record_.downstream_remote = &remote_;
  record_.downstream_transport = connection_->connection().transport();
  touch();
  idle_timer_.set(context_->loop.wheel(), idle_timeout_ms_);
  limitDuration(manager_->config().max_stream_duration_ms);
  routeAs(normalizeRequest(manager_->config(), connection_->local(), arena_, request_));
}

}  // namespace convoy::worker
