// lossy_link: a wire with delay and loss between two network namespaces: the calling thread's (the
// near end) and one of its own (the far end). A thread carries the packets between two tun devices.
// Needs root and /dev/net/tun, and an OwnNetwork around it.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "common/base/unique_fd.h"
#include "tests/fakes/wait.h"

namespace convoy::fakes {

class LossyLink {
 public:
  static constexpr const char* kNearAddress = "10.201.0.1";
  // `delay` each way; of 1,000 packets `loss` get lost.
  LossyLink(Millis delay, unsigned loss);
  ~LossyLink();
  LossyLink(const LossyLink&) = delete;
  LossyLink& operator=(const LossyLink&) = delete;
  // "", or why there is no link.
  const std::string& trouble() const { return trouble_; }
  // Threads and sockets that `body` makes are at the far end.
  void atFarEnd(const std::function<void()>& body) const;
  uint64_t carried() const { return carried_; }
  uint64_t lost() const { return lost_; }

 private:
  void carry(Millis delay, unsigned loss);

  std::string trouble_;
  base::UniqueFd near_, far_, far_network_;
  std::atomic<bool> stopping_{false};
  std::atomic<uint64_t> carried_{0}, lost_{0};
  std::thread thread_;
};

}  // namespace convoy::fakes
