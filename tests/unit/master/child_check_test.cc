#include "master/child_check.h"

#include <csignal>

#include <gtest/gtest.h>

#include "tests/unit/master/fake_processes.h"

namespace convoy::master {
namespace {

// The real fork and exec.
class ChildCheckTest : public ::testing::Test {
 protected:
  ChildCheck::Answer ask(const std::string& script, uint64_t limit_ms = 5000) {
    std::optional<ChildCheck::Answer> answer;
    ChildCheck check(loop_, processes_, {"/bin/sh", {"sh", "-c", script}}, limit_ms,
                     [&](const ChildCheck::Answer& a) { answer = a; });
    EXPECT_TRUE(turnUntil(loop_, [&] {
      for (const Exited& exited : processes_.reap()) EXPECT_TRUE(check.onReaped(exited));
      return answer.has_value();
    }));
    return answer.value_or(ChildCheck::Answer{});
  }
  net::EventLoop loop_;
  OsProcesses processes_;
};

TEST_F(ChildCheckTest, ItsExitStatusIsTheAnswerAndItsOutputTheReason) {
  EXPECT_TRUE(ask("echo fine").ok);
  const auto no = ask("echo out; echo err >&2; exit 3");
  EXPECT_FALSE(no.ok);
  EXPECT_EQ(no.text, "out\nerr\n");
}

TEST_F(ChildCheckTest, ACrashIsNo) {
  const auto answer = ask("echo half; kill -SEGV $$");
  EXPECT_FALSE(answer.ok);
  EXPECT_NE(answer.text.find("half\nit ended with signal 11"), std::string::npos) << answer.text;
}

TEST_F(ChildCheckTest, OneThatHangsIsKilledInTime) {
  const auto answer = ask("exec sleep 100", 50);
  EXPECT_FALSE(answer.ok);
  EXPECT_NE(answer.text.find("no answer within"), std::string::npos);
}

TEST_F(ChildCheckTest, ItHasNoDescriptorOfOurs) {
  EXPECT_EQ(ask("ls /proc/self/fd | wc -l").text, "4\n");  // 0, 1, 2 and the one of ls
}

TEST_F(ChildCheckTest, WhatCannotBeExecutedSaysSo) {
  std::optional<ChildCheck::Answer> answer;
  ChildCheck check(loop_, processes_, {"/etc/passwd", {"x"}}, 5000,
                   [&](const ChildCheck::Answer& a) { answer = a; });
  ASSERT_TRUE(turnUntil(loop_, [&] {
    for (const Exited& exited : processes_.reap()) check.onReaped(exited);
    return answer.has_value();
  }));
  EXPECT_FALSE(answer->ok);
  EXPECT_EQ(answer->text, "it cannot be executed\n");
}

TEST(CheckAnswer, WithoutTheTokenItWasNoConvoy) {
  EXPECT_FALSE(readAnswer({true, ""}).ok);
  EXPECT_TRUE(readAnswer({true, kCheckToken}).ok);
  EXPECT_EQ(readAnswer({false, std::string(kCheckToken) + "f:1:1: error"}).text, "f:1:1: error");
}

TEST(CheckAnswer, NamesTheFilesOfTheConfiguration) {
  const CheckAnswer answer = readAnswer(
      {false, std::string(kCheckToken) +
                  "[{\"path\":\"/a\",\"fingerprint\":18446744073709551615},{\"path\":\"/b\","
                  "\"fingerprint\":0},{\"path\":1}]\nf:1:1: error"});
  ASSERT_EQ(answer.files.size(), 2u);
  EXPECT_EQ(answer.files[0].path, "/a");
  EXPECT_EQ(answer.files[0].fingerprint, UINT64_MAX);
  EXPECT_EQ(answer.text, "f:1:1: error");
  EXPECT_EQ(readAnswer({false, std::string(kCheckToken) + "[{"}).text, "");
}

}  // namespace
}  // namespace convoy::master
