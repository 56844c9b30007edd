#include "master/route_tester.h"

#include <gtest/gtest.h>

#include "tests/unit/master/fake_processes.h"

namespace convoy::master {
namespace {

// Starts /bin/sh instead of the program that is asked for.
class ShellProcesses final : public OsProcesses {
 public:
  base::Result<Started> run(const Program& program) override {
    asked = program;
    return OsProcesses::run({"/bin/sh", {"sh", "-c", script}, program.input});
  }
  std::string script = "cat";
  Program asked;
};

class RouteTesterTest : public ::testing::Test {
 protected:
  void ask(const std::string& path) {
    Json::Value request(Json::objectValue);
    request["path"] = path;
    tester_.ask("{}", request, [this](const ChildCheck::Answer& a) { answers_.push_back(a); });
  }
  bool answered(size_t count) {
    return turnUntil(loop_, [&] {
      for (const Exited& exited : processes_.reap()) EXPECT_TRUE(tester_.onReaped(exited));
      return answers_.size() >= count;
    });
  }
  net::EventLoop loop_;
  ShellProcesses processes_;
  RouteTester tester_{loop_, processes_};
  std::vector<ChildCheck::Answer> answers_;
};

TEST_F(RouteTesterTest, AsksThisProgramAndGivesItTheQuestion) {
  ask("/a");
  ASSERT_TRUE(answered(1));
  EXPECT_TRUE(answers_[0].ok);
  EXPECT_EQ(answers_[0].text, R"({"config":"{}","request":{"path":"/a"}})");
  EXPECT_EQ(processes_.asked.path, "/proc/self/exe");
  EXPECT_EQ(processes_.asked.argv[1], kExplainFlag);
}

TEST_F(RouteTesterTest, QuestionsWaitForEachOtherAndTooManyAreRefused) {
  for (size_t i = 0; i < RouteTester::kMaxWaiting + 3; ++i) ask("/" + std::to_string(i));
  ASSERT_TRUE(answered(RouteTester::kMaxWaiting + 3));
  size_t refused = 0;
  for (const auto& answer : answers_) refused += answer.ok ? 0 : 1;
  EXPECT_EQ(refused, 2u);  // one ran, kMaxWaiting waited
}

TEST_F(RouteTesterTest, AChildThatFailsGivesItsReason) {
  processes_.script = "echo why; exit 1";
  ask("/");
  ASSERT_TRUE(answered(1));
  EXPECT_FALSE(answers_[0].ok);
  EXPECT_EQ(answers_[0].text, "why\n");
}

}  // namespace
}  // namespace convoy::master
