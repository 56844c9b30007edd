// shadow: a copy of a request for another cluster (request_mirror_policies): sent when the whole
// request is there, its answer is dropped, its failure is nobody's. Kept apart from the stream that
// it copies: it has its own memory and goes on when that is over. Owned by the stream while the
// request comes in, then by the HttpManager's ShadowSet; worker loop.
//
//   Gathering --request complete--> Sent --answer, failure or timeout--> Over
//        | body too large, or the client goes: dropped
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/arena.h"
#include "common/config/model/mirror.h"
#include "common/net/event_loop.h"
#include "common/net/timer_wheel.h"
#include "worker/upstream/attempt.h"

namespace convoy::worker {

class ShadowSet;

class ShadowRequest final : public net::DeferredDeletable, private AttemptCallbacks {
 public:
  // Copies `head`, with the host that `policy` wants and the mark of a request of our own.
  ShadowRequest(ShadowSet& set, Cluster& cluster, const config::MirrorPolicy& policy,
                const http::RequestHead& head);
  // False: no more fits into `limit`; it cannot be sent any more (counted).
  bool gather(std::string_view data, uint64_t limit);
  void send(const http::HeaderMap& trailers, uint64_t timeout_ms);

 private:
  friend class ShadowSet;
  void over();
  void onTimeout();
  // AttemptCallbacks
  void onAttemptReady() override;
  http::ResponseHead& responseHead() override { return response_; }
  base::Arena& responseArena() override { return arena_; }
  void onUpstreamInformational() override { response_.clear(); }
  void onUpstreamHeaders(bool end, uint64_t now_us) override;
  void onUpstreamData(std::string_view data, bool end) override;
  net::Connection* responseSink() override { return nullptr; }
  void onUpstreamRelayed(size_t size, bool end) override;
  void onUpstreamTrailers(http::HeaderMap& trailers) override;
  void onAttemptFailed(http::ResetReason reason, bool stale) override;
  void onUpstreamFull(bool) override {}  // what is sent is here already, and bounded

  ShadowSet& set_;
  Cluster& cluster_;
  size_t index_ = 0;  // in the set
  bool over_ = false;
  bool repeated_ = false;
  base::Arena arena_;
  http::RequestHead request_;
  http::HeaderMap trailers_;
  http::ResponseHead response_;
  std::string body_;
  uint64_t start_us_ = 0;
  Attempt attempt_{*this};
  net::MemberTimer<ShadowRequest, &ShadowRequest::onTimeout> timer_{*this};
};

using Shadows = std::vector<std::unique_ptr<ShadowRequest>>;

// Those that are on their way. Owned by the HttpManager.
class ShadowSet {
 public:
  explicit ShadowSet(WorkerContext& context) : context_(context) {}
  // The copies that this request is to have; adds to `out`.
  void begin(const config::MirrorPolicies& policies, const http::RequestHead& head, Shadows& out);
  void send(std::unique_ptr<ShadowRequest> shadow, const http::HeaderMap& trailers,
            uint64_t timeout_ms);
  size_t size() const { return sent_.size(); }

 private:
  friend class ShadowRequest;
  void remove(ShadowRequest& shadow);

  WorkerContext& context_;
  Shadows sent_;
};

}  // namespace convoy::worker
