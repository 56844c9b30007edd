#include "tests/fakes/own_network.h"

#include <cstdlib>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sstream>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "tests/fakes/child.h"

namespace convoy::fakes {
namespace {

bool loopbackUp() {
  const base::UniqueFd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  request.ifr_name[0] = 'l';
  request.ifr_name[1] = 'o';
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  return ioctl(fd.get(), SIOCSIFFLAGS, &request) == 0;
}

}  // namespace

OwnNetwork::OwnNetwork() : before_(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)) {
  if (!before_.valid() || unshare(CLONE_NEWNET) != 0) return;
  entered_ = true;
  if (!loopbackUp()) abort();
}

OwnNetwork::~OwnNetwork() {
  if (entered_ && setns(before_.get(), CLONE_NEWNET) != 0) abort();
}

uint64_t kernelCounter(const std::string& group, const std::string& name) {
  // Two lines each: "Tcp: names", "Tcp: values".
  std::istringstream text(readFile("/proc/thread-self/net/snmp") +
                          readFile("/proc/thread-self/net/netstat"));
  for (std::string names, values; getline(text, names) && getline(text, values);) {
    if (names.rfind(group + ":", 0) != 0) continue;
    std::istringstream left(names), right(values);
    for (std::string key, value; left >> key && right >> value;) {
      if (key == name) return strtoull(value.c_str(), nullptr, 10);
    }
  }
  return UINT64_MAX;  // this kernel does not count it
}

}  // namespace convoy::fakes
