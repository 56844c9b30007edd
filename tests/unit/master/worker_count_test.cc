#include "master/worker_count.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace convoy::master {
namespace {

namespace fs = std::filesystem;

class WorkerCount : public ::testing::Test {
 protected:
  WorkerCount() {
    std::string pattern = (fs::temp_directory_path() / "convoy-cpus-XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
  }
  ~WorkerCount() override { fs::remove_all(root_); }
  void file(const std::string& path, const std::string& text) {
    fs::create_directories(fs::path(root_ + path).parent_path());
    std::ofstream(root_ + path) << text << "\n";
  }
  std::string root_;
};

TEST_F(WorkerCount, NoCgroupMeansAffinity) {
  EXPECT_EQ(usableCpus(6, root_), 6u);
}

TEST_F(WorkerCount, V2QuotaIsRoundedUp) {
  file("/proc/self/cgroup", "0::/pod/container");
  file("/sys/fs/cgroup/pod/container/cpu.max", "150000 100000");
  EXPECT_EQ(usableCpus(64, root_), 2u);
}

TEST_F(WorkerCount, AParentsTighterQuotaWins) {
  file("/proc/self/cgroup", "0::/pod/container");
  file("/sys/fs/cgroup/pod/container/cpu.max", "max 100000");
  file("/sys/fs/cgroup/pod/cpu.max", "300000 100000");
  EXPECT_EQ(usableCpus(64, root_), 3u);
}

TEST_F(WorkerCount, InACgroupNamespaceTheRootHoldsTheQuota) {
  file("/proc/self/cgroup", "0::/../other");
  file("/sys/fs/cgroup/cpu.max", "50000 100000");
  EXPECT_EQ(usableCpus(64, root_), 1u);
}

TEST_F(WorkerCount, MaxIsNoQuota) {
  file("/proc/self/cgroup", "0::/");
  file("/sys/fs/cgroup/cpu.max", "max 100000");
  EXPECT_EQ(quotaCpus(root_), 0u);
  EXPECT_EQ(usableCpus(4, root_), 4u);
}

TEST_F(WorkerCount, V1QuotaIsRead) {
  file("/proc/self/cgroup", "5:memory:/docker/x\n4:cpu,cpuacct:/docker/x");
  file("/sys/fs/cgroup/cpu,cpuacct/docker/x/cpu.cfs_quota_us", "250000");
  file("/sys/fs/cgroup/cpu,cpuacct/docker/x/cpu.cfs_period_us", "100000");
  EXPECT_EQ(usableCpus(8, root_), 3u);
}

TEST_F(WorkerCount, V1MinusOneIsNoQuota) {
  file("/proc/self/cgroup", "4:cpu:/");
  file("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1");
  file("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000");
  EXPECT_EQ(usableCpus(8, root_), 8u);
}

TEST_F(WorkerCount, AffinityTighterThanQuotaWins) {
  file("/proc/self/cgroup", "0::/");
  file("/sys/fs/cgroup/cpu.max", "800000 100000");
  EXPECT_EQ(usableCpus(2, root_), 2u);
}

TEST_F(WorkerCount, ThisProcessMayUseACpu) {
  EXPECT_GE(affinityCpus(), 1u);
}

}  // namespace
}  // namespace convoy::master
