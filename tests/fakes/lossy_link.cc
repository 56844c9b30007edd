#include "tests/fakes/lossy_link.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <random>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include "tests/fakes/own_network.h"

namespace convoy::fakes {
namespace {

constexpr const char* kFarAddress = "10.201.0.2";

struct Packet {
  std::chrono::steady_clock::time_point due;
  std::vector<char> bytes;
};

ifreq named(const char* device) {
  ifreq request{};
  strncpy(request.ifr_name, device, IFNAMSIZ - 1);
  return request;
}

bool set(int fd, const char* device, unsigned long what, const char* address) {
  ifreq request = named(device);
  sockaddr_in value{};
  value.sin_family = AF_INET;
  inet_pton(AF_INET, address, &value.sin_addr);
  memcpy(&request.ifr_addr, &value, sizeof(value));
  return ioctl(fd, what, &request) == 0;
}

// A tun device of the calling thread's network.
base::UniqueFd tun(const char* device, const char* address, std::string& trouble) {
  base::UniqueFd fd(open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  const base::UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request = named(device);
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  const bool made = fd.valid() && ioctl(fd.get(), TUNSETIFF, &request) == 0;
  request = named(device);
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  if (made && set(socket.get(), device, SIOCSIFADDR, address) &&
      set(socket.get(), device, SIOCSIFNETMASK, "255.255.255.0") &&
      ioctl(socket.get(), SIOCSIFFLAGS, &request) == 0) {
    return fd;
  }
  trouble = std::string("no tun device here: ") + strerror(errno);
  return {};
}

}  // namespace

LossyLink::LossyLink(Millis delay, unsigned loss) {
  near_ = tun("near", kNearAddress, trouble_);
  // Only the thread moves; the namespace lives on through its descriptor.
  std::thread([this] {
    if (!trouble_.empty()) return;
    if (unshare(CLONE_NEWNET) != 0) {
      trouble_ = strerror(errno);
      return;
    }
    far_ = tun("far", kFarAddress, trouble_);
    far_network_.reset(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  }).join();
  if (trouble_.empty()) thread_ = std::thread([this, delay, loss] { carry(delay, loss); });
}

LossyLink::~LossyLink() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

void LossyLink::atFarEnd(const std::function<void()>& body) const {
  const base::UniqueFd here(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  if (setns(far_network_.get(), CLONE_NEWNET) != 0) abort();
  body();
  if (setns(here.get(), CLONE_NEWNET) != 0) abort();
}

void LossyLink::carry(Millis delay, unsigned loss) {
  std::mt19937 random(18);
  const int ends[2] = {near_.get(), far_.get()};
  std::deque<Packet> wires[2];  // from an end to the other
  while (!stopping_) {
    pollfd ready[2] = {{ends[0], POLLIN, 0}, {ends[1], POLLIN, 0}};
    poll(ready, 2, wires[0].empty() && wires[1].empty() ? 20 : 1);
    const auto now = std::chrono::steady_clock::now();
    for (int from = 0; from < 2; ++from) {
      char bytes[2048];
      for (ssize_t n; (n = read(ends[from], bytes, sizeof(bytes))) > 0;) {
        ++carried_;
        if (random() % 1000 < loss) {
          ++lost_;
          continue;
        }
        wires[from].push_back({now + delay, {bytes, bytes + n}});
      }
      while (!wires[from].empty() && wires[from].front().due <= now) {
        const std::vector<char>& packet = wires[from].front().bytes;
        if (write(ends[1 - from], packet.data(), packet.size()) < 0) ++lost_;
        wires[from].pop_front();
      }
    }
  }
}

}  // namespace convoy::fakes
