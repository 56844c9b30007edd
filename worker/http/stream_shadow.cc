// Copies of a request for other clusters: made when its route is known, sent when it is complete.
#include "worker/http/conn_manager.h"
#include "worker/http/stream.h"

namespace convoy::worker {

void Stream::beginShadows(const config::RouteAction& action) {
  if (action.mirrors == nullptr || !request_.upgrade.empty()) return;
  manager_->shadows().begin(*action.mirrors, request_, shadows_);
  if (!pending_.empty()) gatherForShadows(pending_.toString());  // a filter held it back
  if (request_complete_) sendShadows();
}

void Stream::gatherForShadows(std::string_view data) {
  const uint64_t limit = bufferLimit();
  std::erase_if(shadows_, [&](auto& shadow) { return !shadow->gather(data, limit); });
}

void Stream::sendShadows() {
  for (auto& shadow : shadows_) {
    manager_->shadows().send(std::move(shadow), request_trailers_, route_timeout_ms_);
  }
  shadows_.clear();
}

}  // namespace convoy::worker
