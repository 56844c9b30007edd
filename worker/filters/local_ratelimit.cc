#include "worker/filters/local_ratelimit.h"

#include "worker/route/header_edits.h"
#include "worker/upstream/limit_place.h"

namespace convoy::worker {

using stats::HttpRateStat;

RateLimit& RateLimits::of(const config::RateLimitFilter& settings) {
  std::unique_ptr<RateLimit>& known = limits_[&settings];
  if (known != nullptr) return *known;
  known = std::make_unique<RateLimit>();
  const stats::Directory::HttpRate place = context_.directory.httpRate(settings);
  known->stats = stats::StatBlock<HttpRateStat>(context_.cells(place.first_cell));
  if (!settings.bucket) return *known;
  known->bucket.emplace(*settings.bucket);
  if (settings.per_connection) return *known;
  known->word = limitPlace(context_, place.seat).seat;
  if (known->word == nullptr) known->word = &known->own;
  return *known;
}

FilterStatus LocalRateLimitFilter::decodeHeaders(FilterContext& context, bool) {
  const auto* settings = std::get_if<config::RateLimitFilter>(settingsFor(context, config_));
  if (settings == nullptr || !settings->enabled.holdsFor(context.random.next())) {
    return FilterStatus::Continue;
  }
  RateLimit& limit = limits_.of(*settings);
  limit.stats.inc(HttpRateStat::enabled);
  uint64_t* word = settings->per_connection ? context.connection_word : limit.word;
  const uint64_t now_us = limits_.context().loop.nowUs();
  const bool allowed = !limit.bucket || word == nullptr || limit.bucket->take(*word, now_us);
  settings_ = settings;
  limit_ = &limit;
  word_ = word;
  limit.stats.inc(allowed ? HttpRateStat::ok : HttpRateStat::rate_limited);
  if (allowed) return FilterStatus::Continue;
  if (!settings->enforced.holdsFor(context.random.next())) {
    if (context.format) {
      applySteps(settings->request_headers, *context.format, context.arena,
                 context.request.headers);
    }
    return FilterStatus::Continue;
  }
  limit.stats.inc(HttpRateStat::enforced);
  refused_ = true;
  context.status = settings->status;
  if (settings->resource_exhausted) context.grpc_status = 8;
  context.body = "local_rate_limited";
  context.details = "local_rate_limited";
  context.flag = Flag::RateLimited;
  return FilterStatus::Refuse;
}

void LocalRateLimitFilter::encodeHeaders(FilterContext& context, bool) {
  if (settings_ == nullptr) return;
  http::HeaderMap& headers = context.response.headers;
  if (refused_ && context.format) {
    applySteps(settings_->response_headers, *context.format, context.arena, headers);
  }
  if (!settings_->tells_clients || !limit_->bucket || word_ == nullptr) return;
  const uint64_t now_us = limits_.context().loop.nowUs();
  const RateBucket& bucket = *limit_->bucket;
  headers.add("x-ratelimit-limit", context.arena.decimal(bucket.most()));
  headers.add("x-ratelimit-remaining", context.arena.decimal(bucket.tokensLeft(*word_, now_us)));
  headers.add("x-ratelimit-reset",
              context.arena.decimal((bucket.nextTokenUs(*word_, now_us) + 999999) / 1000000));
}

void LocalRateLimitFilter::reset() {
  settings_ = nullptr;
  limit_ = nullptr;
  word_ = nullptr;
  refused_ = false;
}

}  // namespace convoy::worker
