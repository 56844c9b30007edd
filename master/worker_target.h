// worker_target: how many workers there shall be: what the operator asked for at run time, else
// --concurrency, else the CPUs this process may use, counted again at each reload of the file. A
// wish counts when the reload that carries it out succeeded, and is forgotten when it failed. Owned
// by the Master.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "common/base/json.h"
#include "common/base/result.h"
#include "master/reload.h"

namespace convoy::master {

class WorkerTarget {
 public:
  static constexpr uint32_t kMax = 1024;

  WorkerTarget(std::optional<uint32_t> fixed, std::function<uint32_t()> count_cpus);

  // The operator's wishes; the answer is the number now wanted, the error says the bounds. A wish
  // for what there is fixes it.
  base::Result<uint32_t> set(const std::string& number);
  base::Result<uint32_t> up();
  base::Result<uint32_t> down();
  // False: as many run, or are being started, as wanted; no reload is needed.
  bool pending() const { return wish_.has_value(); }

  // A reload begins: how many it starts. It ended: they run, or it changed nothing.
  uint32_t begin(ReloadTrigger trigger);
  uint32_t starting() const { return tried_; }
  void ended(bool ok);
  uint32_t running() const { return running_; }
  // For a program that takes our place: what was asked for at run time, and what runs.
  Json::Value save() const;
  void restore(const Json::Value& saved);
  // Once every wish is carried out.
  uint32_t wanted() const { return wish_.value_or(running_); }

 private:
  uint32_t wish(uint32_t n);

  std::optional<uint32_t> fixed_;  // by --concurrency or a wish that was carried out
  std::function<uint32_t()> count_cpus_;
  std::optional<uint32_t> wish_;
  uint32_t running_;
  // Of the reload under way.
  ReloadTrigger trigger_ = ReloadTrigger::File;
  uint32_t tried_ = 0;
  std::optional<uint32_t> tried_wish_;
};

}  // namespace convoy::master
