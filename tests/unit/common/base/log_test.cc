#include "common/base/log.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <unistd.h>

#include <gtest/gtest.h>

#include "common/base/matcher.h"

namespace convoy::base {
namespace {

// The sink is the process's: every test leaves a file of its own behind as the place of the log.
class LogTest : public ::testing::Test {
 protected:
  LogTest() {
    char pattern[] = "/tmp/convoy_log_XXXXXX";
    ::close(::mkstemp(pattern));
    path_ = pattern;
    EXPECT_TRUE(setLogPath(path_).ok());
  }
  ~LogTest() override {
    setLogPattern("");
    setLogLevel(LogLevel::Info);
    ::unlink(path_.c_str());
  }
  std::string text() const {
    std::ifstream file(path_);
    std::stringstream all;
    all << file.rdbuf();
    return all.str();
  }
  std::string path_;
};

TEST_F(LogTest, ALineHasTimeProcessLevelComponentAndText) {
  logger("upstream").warn("host {} is {}", "10.0.0.1:80", "gone");
  const std::string pid = std::to_string(::getpid());
  auto line = Regex::compile(R"(\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\]\[)" + pid +
                             R"(\]\[warning\]\[upstream\] host 10\.0\.0\.1:80 is gone\n)");
  ASSERT_TRUE(line.ok());
  EXPECT_TRUE((*line)->fullMatch(text())) << text();
}

TEST_F(LogTest, LevelsFilterAllOrOneComponent) {
  Logger& one = logger("one");
  Logger& two = logger("two");
  one.debug("hidden");
  ASSERT_TRUE(setLogLevel("one", LogLevel::Debug).ok());
  one.debug("shown");
  two.debug("hidden");
  setLogLevel(LogLevel::Error);
  one.warn("hidden");
  logger("three").warn("hidden");
  setLogLevel(LogLevel::Off);
  one.critical("hidden");
  EXPECT_EQ(text().find("hidden"), std::string::npos);
  EXPECT_NE(text().find("shown"), std::string::npos);
}

TEST_F(LogTest, AnUnknownComponentIsAnError) {
  const Status status = setLogLevel("no such", LogLevel::Debug);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::NotFound);
}

TEST_F(LogTest, ALoggerIsOnePerNameAndListedSorted) {
  EXPECT_EQ(&logger("beta"), &logger("beta"));
  logger("alpha");
  std::string before;
  bool found = false;
  for (const auto& [name, level] : logLevels()) {
    EXPECT_LT(before, name);
    found |= name == "alpha" && level == LogLevel::Info;
    before = name;
  }
  EXPECT_TRUE(found);
}

TEST_F(LogTest, APatternSurvivesAChangeOfThePath) {
  setLogPattern("%n|%v");
  ASSERT_TRUE(setLogPath(path_).ok());
  logger("main").info("ready");
  EXPECT_EQ(text(), "main|ready\n");
}

TEST_F(LogTest, APathThatCannotBeOpenedIsNamedAndTheOldOneStays) {
  const Status status = setLogPath("/proc/convoy/no.log");
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.error().context.find("/proc/convoy/no.log"), std::string::npos);
  logger("main").info("still here");
  EXPECT_NE(text().find("still here"), std::string::npos);
}

TEST(LogLevels, NamesAreThoseOfEnvoy) {
  for (const char* name : {"trace", "debug", "info", "warning", "error", "critical", "off"}) {
    auto level = parseLogLevel(name);
    ASSERT_TRUE(level.ok()) << name;
    EXPECT_EQ(logLevelName(*level), name);
  }
  EXPECT_EQ(*parseLogLevel("warn"), LogLevel::Warning);
  EXPECT_FALSE(parseLogLevel("INFO").ok());
  EXPECT_FALSE(parseLogLevel("").ok());
}

}  // namespace
}  // namespace convoy::base
