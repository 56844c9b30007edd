#include "master/worker_count.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <sched.h>
#include <sstream>
#include <string_view>
#include <unistd.h>
#include <vector>

#include "common/base/text.h"

namespace convoy::master {
namespace {

constexpr uint32_t kNoQuota = std::numeric_limits<uint32_t>::max();

std::string firstLine(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  return line;
}

uint32_t ceilCpus(std::string_view quota, std::string_view period) {
  const auto q = base::parseUint(quota);
  const auto p = base::parseUint(period);
  if (!q || !p || *p == 0) return kNoQuota;  // "max", "-1"
  return static_cast<uint32_t>(std::clamp<uint64_t>((*q + *p - 1) / *p, 1, 65536));
}

uint32_t quotaV2(const std::string& dir) {
  const std::string line = firstLine(dir + "/cpu.max");  // "200000 100000" or "max 100000"
  const size_t space = line.find(' ');
  if (space == std::string::npos) return kNoQuota;
  return ceilCpus(std::string_view(line).substr(0, space),
                  std::string_view(line).substr(space + 1));
}

uint32_t quotaV1(const std::string& dir) {
  return ceilCpus(firstLine(dir + "/cpu.cfs_quota_us"), firstLine(dir + "/cpu.cfs_period_us"));
}

// The tightest of `path` and all its ancestors below `mount`: a limit of a parent limits us too.
uint32_t tightest(const std::string& mount, std::string path,
                  uint32_t (*read)(const std::string&)) {
  uint32_t best = kNoQuota;
  while (!path.empty() && path != "/") {
    best = std::min(best, read(mount + path));
    path.erase(path.rfind('/'));
  }
  return std::min(best, read(mount));
}

bool hasController(std::string_view list, std::string_view name) {
  const auto all = base::split(list, ',');
  return std::find(all.begin(), all.end(), name) != all.end();
}

}  // namespace

uint32_t affinityCpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof(set), &set) == 0) {
    return static_cast<uint32_t>(std::max(CPU_COUNT(&set), 1));
  }
  return static_cast<uint32_t>(std::max<long>(::sysconf(_SC_NPROCESSORS_ONLN), 1));
}

uint32_t quotaCpus(const std::string& root) {
  std::ifstream in(root + "/proc/self/cgroup");
  const std::string mount = root + "/sys/fs/cgroup";
  uint32_t best = kNoQuota;
  std::string line;  // "0::/user.slice" (v2) or "4:cpu,cpuacct:/docker/abc" (v1)
  while (std::getline(in, line)) {
    const size_t first = line.find(':');
    const size_t second = line.find(':', first == std::string::npos ? first : first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    std::string path = line.substr(second + 1);
    // Outside our cgroup namespace: only the mounted root is ours to read.
    if (path.find("..") != std::string::npos) path = "/";
    if (controllers.empty()) {
      best = std::min(best, tightest(mount, path, quotaV2));
    } else if (hasController(controllers, "cpu")) {
      best = std::min(best, tightest(mount + "/" + controllers, path, quotaV1));
      best = std::min(best, tightest(mount + "/cpu", path, quotaV1));
    }
  }
  return best == kNoQuota ? 0 : best;
}

uint32_t usableCpus(uint32_t affinity, const std::string& root) {
  const uint32_t quota = quotaCpus(root);
  return std::max<uint32_t>(1, quota == 0 ? affinity : std::min(affinity, quota));
}

}  // namespace convoy::master
