// How a request passes the filters before the router, and waits where one of them holds it back:
// its body is kept meanwhile, up to what the filter allows, then the client has to pause.
#include "worker/http/conn_manager.h"
#include "worker/http/stream.h"

namespace convoy::worker {

void Stream::afterFilters(FilterStatus status, const FilterContext& context) {
  waiting_ = status == FilterStatus::Wait;
  if (waiting_) {
    filter_timer_.set(context_->loop.wheel(), context.delay_ms);
    return;
  }
  filter_timer_.cancel();
  if (status != FilterStatus::Continue) {
    answer(status, context);
    return;
  }
  const bool forwards =
      match_.route != nullptr && match_.route->kind == config::Route::Kind::Forward;
  if (!forwards) {
    resumeReading();
  } else if (!pending_.empty() && filtersSeeBodies() && !heldThroughFilters()) {
    return;
  }
  proceed();
}

// What came during the wait goes where it would have gone without one. False: it was refused.
bool Stream::heldThroughFilters() {
  base::Buffer held = std::move(pending_);
  while (!held.empty()) {
    std::string_view data = held.front();
    const size_t size = data.size();
    const bool last = request_complete_ && size == held.size() && request_trailers_.empty();
    if (throughFilters(data, last)) pending_.append(data);
    if (state_ != State::Receiving) return false;
    held.drain(size);
  }
  return true;
}

void Stream::keepWhileWaiting(std::string_view data, bool end) {
  if (state_ != State::Receiving) return;  // something else has answered
  pending_.append(data);
  FilterContext context = filterContext();
  const FilterStatus status = filters_->onWaiting(context, pending_.size(), end);
  if (status != FilterStatus::Wait) {
    afterFilters(status, context);
  } else if (pending_.size() > filters_->keepsBytes() && !pending_paused_ && !end) {
    pending_paused_ = true;
    encoder_->readDisable(true);
  }
}

void Stream::onFilterTimer() {
  if (state_ != State::Receiving) return;
  FilterContext context = filterContext();
  const FilterStatus status = filters_->resume(context, request_complete_);
  afterFilters(status, context);
}

// A filter's: an answer that is in response_ already, or a refusal.
void Stream::answer(FilterStatus status, const FilterContext& context) {
  attempt_.abort();
  if (status == FilterStatus::Refuse) {
    if (context.flag != Flag::Count) record_.setFlag(context.flag);
    localReply(context.status, context.body, context.details, false, context.grpc_status);
    return;
  }
  resumeReading();
  from_upstream_ = false;
  record_.details = context.details;
  sendResponseHead(true);
}

// False: nothing is to be forwarded (yet).
bool Stream::throughFilters(std::string_view& data, bool end) {
  FilterContext context = filterContext();
  const FilterStatus status = filters_->decodeData(context, data, end);
  if (status == FilterStatus::Continue) return end || !data.empty();
  if (response_head_sent_) {
    cutConnection();
  } else {
    answer(status, context);
  }
  return false;
}

FilterContext Stream::filterContext() {
  FilterContext context{request_,
                        response_,
                        arena_,
                        match_,
                        manager_->config().route_config,
                        context_->random,
                        manager_->httpStats()};
  context.record = &record_;
  context.routes = &manager_->routes();
  context.own_match = &match_;
  context.buffer_limit = manager_->listener().per_connection_buffer_limit_bytes;
  context.now_ms = context_->loop.nowMs();
  context.clusters = context_->clusters;
  context.self_cluster = context_->self.cluster;
  context.connection_word = connection_->rateWord();
  context.server_unhealthy = context_->health_failed;
  context.format.emplace(formatContext());
  return context;
}

}  // namespace convoy::worker
