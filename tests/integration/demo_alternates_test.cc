// Promise: the configuration of `make run` answers from its two backends in turn.
#include <regex>

#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"

namespace convoy::fakes {
namespace {

// The demo's ports are fixed; those of a test are free ones.
std::string onFreePorts(std::string text, uint16_t front, uint16_t admin) {
  const std::pair<const char*, uint16_t> ports[] = {
      {"10000", front}, {"10001", freePort()}, {"10002", freePort()}, {"9901", admin}};
  for (const auto& [from, to] : ports) {
    text = std::regex_replace(text, std::regex(from), std::to_string(to));
  }
  return text;
}

struct Demo {
  uint16_t front = freePort(), admin = freePort();
  ConvoyProcess convoy{onFreePorts(readFile("conf/convoy.yaml"), front, admin), admin,
                       ConvoyProcess::Options{{}, {}, 1, true, "convoy.yaml"}};
};

TEST(Demo, AnswersOfTheTwoBackendsAlternate) {
  Demo demo;
  RawClient client(demo.front);
  std::string previous = client.get("/").body;
  EXPECT_TRUE(previous == "blue\n" || previous == "green\n") << previous;
  for (int i = 0; i < 10; ++i) {
    const std::string next = client.get("/").body;
    EXPECT_EQ(next, previous == "blue\n" ? "green\n" : "blue\n");
    previous = next;
  }
}

TEST(Demo, StartTellsWhereToPointCurlAndABrowser) {
  Demo demo;
  const std::string log = demo.convoy.log() + demo.convoy.out();
  EXPECT_NE(log.find("http://127.0.0.1:" + std::to_string(demo.front)), std::string::npos) << log;
  EXPECT_NE(log.find("http://127.0.0.1:" + std::to_string(demo.admin)), std::string::npos) << log;
}

TEST(Demo, CtrlCEndsItCleanlyAndAtOnce) {
  Demo demo;
  const auto workers = demo.convoy.workers();
  ASSERT_EQ(workers.size(), 1u);
  demo.convoy.signal(SIGINT);
  EXPECT_EQ(demo.convoy.wait(Millis(3000)), 0);
  EXPECT_TRUE(eventually([&] { return residentBytes(workers[0]) == 0; }));
}

}  // namespace
}  // namespace convoy::fakes
