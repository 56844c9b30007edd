// notify_socket: what systemd is to a service: a datagram socket that hears what the service says
// of itself (sd_notify(3)).
#pragma once

#include <string>

#include "common/base/unique_fd.h"
#include "tests/fakes/child.h"

namespace convoy::fakes {

class NotifySocket {
 public:
  NotifySocket();
  std::string path() const { return dir_.path("notify"); }
  // The next datagram; "" if none comes.
  std::string next(Millis limit = Millis(10000));
  // The next one that holds `word`.
  std::string waitFor(const std::string& word, Millis limit = Millis(10000));

 private:
  TempDir dir_;
  base::UniqueFd fd_;
};

}  // namespace convoy::fakes
