// route_tester: "which route does this request hit", asked of the code that routes: this image,
// started as a child that answers one question and ends (worker/explain.h). One child at a time;
// a few questions wait, more are refused. Owned by the Master; its loop.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "common/base/json.h"
#include "master/child_check.h"

namespace convoy::master {

inline constexpr const char* kExplainFlag = "--explain";

class RouteTester {
 public:
  using Done = std::function<void(const ChildCheck::Answer& answer)>;
  static constexpr size_t kMaxWaiting = 8;
  static constexpr uint64_t kLimitMs = 5000;

  RouteTester(net::EventLoop& loop, Processes& processes) : loop_(loop), processes_(processes) {}
  // `config`: canonical JSON. `done` is called once, from the loop, never from inside ask().
  void ask(const std::string& config, const Json::Value& request, Done done);
  // True if the process was ours.
  bool onReaped(const Exited& exited) { return child_ != nullptr && child_->onReaped(exited); }

 private:
  struct Waiting {
    base::UniqueFd question;
    Done done;
  };
  void refuse(Done done, const std::string& why);
  void next();

  net::EventLoop& loop_;
  Processes& processes_;
  std::deque<Waiting> waiting_;
  std::unique_ptr<ChildCheck> child_;
};

}  // namespace convoy::master
