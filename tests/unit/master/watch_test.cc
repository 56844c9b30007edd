#include "master/watch.h"

#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <tuple>

#include <gtest/gtest.h>

#include "tests/fakes/child.h"

namespace convoy::master {
namespace {

class WatchTest : public ::testing::Test {
 protected:
  template <typename Done>
  bool until(Done done) {
    std::unique_ptr<net::Timer> poll;
    int left = 3000;
    poll = loop_.createTimer([&] {
      if (done() || --left == 0) {
        loop_.stop();
      } else {
        poll->start(1);
      }
    });
    poll->start(0);
    loop_.run();
    return done();
  }
  fakes::TempDir dir_;
  net::EventLoop loop_;
  int changes_ = 0;
};

TEST_F(WatchTest, StepsLeadThroughEveryLinkToTheFile) {
  std::filesystem::create_directory(dir_.path("v1"));
  std::ofstream(dir_.path("v1/file")) << "x";
  std::filesystem::create_symlink("v1", dir_.path("..data"));
  std::filesystem::create_symlink("..data/file", dir_.path("file"));
  std::vector<std::string> names;
  for (const net::PathStep& step : net::stepsTo(dir_.path("file"))) {
    if (step.directory.starts_with(dir_.path("")) || step.directory + "/" == dir_.path("")) {
      names.push_back(step.name);
    }
  }
  EXPECT_EQ(names, (std::vector<std::string>{"file", "..data", "file"}));
}

TEST_F(WatchTest, ALinkThatLeadsToItselfEnds) {
  std::filesystem::create_symlink("loop", dir_.path("loop"));
  EXPECT_FALSE(net::stepsTo(dir_.path("loop")).empty());
}

TEST_F(WatchTest, AChangeIsReportedOnceAndTheSameContentNot) {
  const std::string path = dir_.write("file", "one");
  Watch watch(loop_, path, [this] { ++changes_; });
  dir_.write("file", "one");
  ASSERT_TRUE(until([&] { return watch.state() == Watch::State::Settling; }));
  ASSERT_TRUE(until([&] { return watch.state() == Watch::State::Quiet; }));
  EXPECT_EQ(changes_, 0);
  dir_.write("file", "two");
  ASSERT_TRUE(until([&] { return changes_ == 1; }));
  dir_.write("file", "two");
  ASSERT_TRUE(until([&] { return watch.state() == Watch::State::Settling; }));
  ASSERT_TRUE(until([&] { return watch.state() == Watch::State::Quiet; }));
  EXPECT_EQ(changes_, 1);
}

TEST_F(WatchTest, FilesThatTheConfigurationNamesAreWatchedToo) {
  const std::string path = dir_.write("file", "one");
  const std::string body = dir_.write("body", "old");
  Watch watch(loop_, path, [this] { ++changes_; });
  watch.noteFiles({{body, config::fingerprint("old")}});
  dir_.write("body", "new");
  EXPECT_TRUE(until([&] { return changes_ == 1; }));
}

TEST_F(WatchTest, ADirectoryIsAnotherWhenItsLinkIsMovedAndNotWhenAFileInItIs) {
  const std::string path = dir_.write("file", "one");
  std::filesystem::create_directory(dir_.path("v1"));
  std::filesystem::create_directory(dir_.path("v2"));
  std::filesystem::create_symlink("v1", dir_.path("current"));
  Watch watch(loop_, path, [this] { ++changes_; });
  watch.noteFiles({{dir_.path("current"), *config::fingerprintOf(dir_.path("current"))}});
  std::ofstream(dir_.path("v1/key")) << "5";
  std::filesystem::create_symlink("v1", dir_.path("next"));
  std::filesystem::rename(dir_.path("next"), dir_.path("current"));  // the same
  ASSERT_TRUE(until([&] { return watch.state() == Watch::State::Settling; }));
  ASSERT_TRUE(until([&] { return watch.state() == Watch::State::Quiet; }));
  EXPECT_EQ(changes_, 0);
  std::filesystem::create_symlink("v2", dir_.path("next"));
  std::filesystem::rename(dir_.path("next"), dir_.path("current"));
  EXPECT_TRUE(until([&] { return changes_ == 1; }));
}

TEST_F(WatchTest, WithoutAnyEventThePollFindsIt) {
  const std::string path = dir_.write("file", "one");
  Watch watch(
      loop_, path, [this] { ++changes_; }, 50);
  watch.noteSources({{path, "what it was", config::Source::Format::Yaml}});
  EXPECT_TRUE(until([&] { return changes_ == 1; }));
}

TEST_F(WatchTest, AVanishedFileChangesNothing) {
  const std::string path = dir_.write("file", "one");
  Watch watch(loop_, path, [this] { ++changes_; });
  std::filesystem::remove(path);
  ASSERT_TRUE(until([&] { return watch.state() == Watch::State::Settling; }));
  ASSERT_TRUE(until([&] { return watch.state() == Watch::State::Quiet; }));
  EXPECT_EQ(changes_, 0);
}

TEST(WatchSteps, EventsAreWaitedOutButNotForEver) {
  const auto step = [](WatchState state, WatchEvent event, bool overdue) {
    const WatchStep s = nextStep(state, event, overdue);
    return std::tuple(s.next, s.wait, s.look);
  };
  using S = WatchState;
  using E = WatchEvent;
  EXPECT_EQ(step(S::Quiet, E::Stirred, false), std::tuple(S::Settling, true, false));
  EXPECT_EQ(step(S::Quiet, E::Stirred, true), std::tuple(S::Settling, true, false));
  EXPECT_EQ(step(S::Settling, E::Stirred, false), std::tuple(S::Settling, true, false));
  EXPECT_EQ(step(S::Settling, E::Stirred, true), std::tuple(S::Settling, false, false));
  EXPECT_EQ(step(S::Settling, E::Settled, false), std::tuple(S::Quiet, false, true));
  EXPECT_EQ(step(S::Quiet, E::PollDue, false), std::tuple(S::Quiet, false, true));
  EXPECT_EQ(step(S::Settling, E::PollDue, true), std::tuple(S::Quiet, false, true));
}

TEST_F(WatchTest, DecidesByTheOptionThenTheLinkThenTheContainer) {
  const std::string path = std::filesystem::canonical(dir_.write("file", "one"));
  EXPECT_FALSE(decideWatch({}, path, false, "").on);
  EXPECT_TRUE(decideWatch({}, path, true, "").on);
  EXPECT_TRUE(decideWatch(true, path, false, "").on);
  EXPECT_FALSE(decideWatch(false, path, true, "").on);
  std::filesystem::create_symlink("file", dir_.path("link"));
  EXPECT_TRUE(decideWatch({}, dir_.path("link"), false, "").on);
}

TEST_F(WatchTest, APipeIsNeverWatchedBecauseLookingAtItEmptiesIt) {
  ASSERT_EQ(::mkfifo(dir_.path("pipe").c_str(), 0600), 0);
  std::filesystem::create_symlink("pipe", dir_.path("link"));
  EXPECT_FALSE(decideWatch({}, dir_.path("link"), true, "").on);
  EXPECT_FALSE(decideWatch(true, dir_.path("pipe"), true, "").on);
  EXPECT_NE(decideWatch(true, dir_.path("pipe"), true, "").why, "");
}

TEST_F(WatchTest, WarnsOfAFileThatIsAMountOfItsOwn) {
  const std::string path = std::filesystem::canonical(dir_.write("file", "one"));
  const std::string mounts = "36 35 98:0 /sub " + path + " rw,noatime - ext4 /dev/sda rw\n";
  EXPECT_NE(decideWatch(true, path, false, mounts).warning, "");
  EXPECT_EQ(decideWatch(true, path, false, "36 35 98:0 / / rw - ext4 /dev/sda rw\n").warning, "");
}

}  // namespace
}  // namespace convoy::master
