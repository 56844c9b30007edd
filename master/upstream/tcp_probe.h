// tcp_probe: a host is well if it takes a connection and, where the check has bytes to expect,
// sends them. Part of probe; the master's loop.
#pragma once

#include <string>

#include "master/upstream/probe_line.h"

namespace convoy::master {

class TcpProbe final : public ProbeLine {
 public:
  using ProbeLine::ProbeLine;

 private:
  void ask() override;
  void reset() override { received_.clear(); }
  void onRead(std::string_view bytes) override;

  static constexpr size_t kMostBytes = 1024 * 1024;
  std::string received_;
};

}  // namespace convoy::master
