#include "master/host_survey.h"

#include <algorithm>
#include <utility>

namespace convoy::master {

HostSurvey::HostSurvey(net::EventLoop& loop, Ask ask) : loop_(loop), ask_(std::move(ask)) {
  limit_ = loop_.createTimer([this] { finish(); });
}

std::deque<ipc::HostStatsPayload> HostSurvey::pagesOf(const std::vector<Part>& parts) {
  constexpr size_t kClusters = ipc::HostStatsPayload::kMaxClusters;
  constexpr size_t kHosts = ipc::HostStatsToldPayload::kMaxHosts;
  std::deque<ipc::HostStatsPayload> pages;
  for (size_t begin = 0; begin < parts.size(); begin += kClusters) {
    const size_t end = std::min(parts.size(), begin + kClusters);
    for (size_t first = 0;; first += kHosts) {
      ipc::HostStatsPayload page;
      page.first = static_cast<uint32_t>(first);
      for (size_t i = begin; i < end; ++i) {
        if (parts[i].hosts > first) page.clusters.push_back(parts[i].cluster);
      }
      if (page.clusters.empty()) break;
      pages.push_back(std::move(page));
    }
  }
  return pages;
}

void HostSurvey::start(std::vector<Part> parts, Done done) {
  if (surveys_.size() >= kMaxWaiting) {
    return loop_.post([done = std::move(done)] { done({}); });
  }
  surveys_.push_back({pagesOf(parts), std::move(done)});
  if (surveys_.size() == 1) loop_.post([this] { next(); });
}

void HostSurvey::next() {
  if (surveys_.empty() || !due_.empty()) return;
  auto& pages = surveys_.front().pages;
  if (pages.empty()) return finish();
  ipc::HostStatsPayload page = std::move(pages.front());
  pages.pop_front();
  question_ = std::max(question_ + 1, 1u);
  page.question = question_;
  due_ = ask_(page);
  if (due_.empty()) return finish();
  limit_->start(kPageMs);
}

void HostSurvey::told(uint32_t slot, const ipc::HostStatsToldPayload& told) {
  // A late answer to what nobody waits for any more.
  if (told.question != question_ || due_.erase(slot) == 0) return;
  sums_.add(told);
  if (due_.empty()) next();
}

void HostSurvey::abandon() {
  if (!due_.empty()) finish();
}

void HostSurvey::finish() {
  limit_->stop();
  due_.clear();
  const Survey survey = std::move(surveys_.front());
  surveys_.pop_front();
  const HostSums sums = std::exchange(sums_, {});
  survey.done(sums);
  if (!surveys_.empty()) loop_.post([this] { next(); });
}

}  // namespace convoy::master
