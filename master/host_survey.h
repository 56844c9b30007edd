// host_survey: what all workers count of the hosts of many clusters, for /clusters: asked page by
// page, since a worker answers between two requests and must not be busy for long. A worker that
// does not answer in time, or is gone, is left out. One survey at a time; others wait for it. Owned
// by the Master; its loop.
//
//   Idle --start()--> Asking --all told--> (next page) --> ... --no page is left--> done(), Idle
//                       \--kPageMs without an answer, or nobody to ask---------------^
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <vector>

#include "common/net/event_loop.h"
#include "master/host_book.h"

namespace convoy::master {

class HostSurvey {
 public:
  static constexpr uint64_t kPageMs = 1000;
  static constexpr size_t kMaxWaiting = 16;
  struct Part {
    uint32_t cluster = 0;  // index into Bootstrap::clusters
    size_t hosts = 0;
  };
  // Asks all workers that serve; returns the slots of those that will answer.
  using Ask = std::function<std::set<uint32_t>(const ipc::HostStatsPayload& page)>;
  using Done = std::function<void(const HostSums& sums)>;

  HostSurvey(net::EventLoop& loop, Ask ask);
  // `done` is called once, from the loop, never from inside start(): at once, with nothing, where
  // too many wait.
  void start(std::vector<Part> parts, Done done);
  // Of the workers that are asked now.
  void told(uint32_t slot, const ipc::HostStatsToldPayload& told);
  // They are others from now on, with other clusters: what was asked ends with what is known.
  void abandon();

 private:
  struct Survey {
    std::deque<ipc::HostStatsPayload> pages;
    Done done;
  };
  static std::deque<ipc::HostStatsPayload> pagesOf(const std::vector<Part>& parts);
  void next();
  void finish();

  net::EventLoop& loop_;
  const Ask ask_;
  std::deque<Survey> surveys_;  // the first is under way
  HostSums sums_;
  uint32_t question_ = 0;
  std::set<uint32_t> due_;  // slots
  std::unique_ptr<net::Timer> limit_;
};

}  // namespace convoy::master
