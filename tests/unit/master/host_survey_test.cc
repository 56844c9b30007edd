#include "master/host_survey.h"

#include <gtest/gtest.h>

#include "tests/unit/master/fake_processes.h"

namespace convoy::master {
namespace {

class HostSurveyTest : public ::testing::Test {
 protected:
  HostSurvey::Done note() {
    return [this](const HostSums& sums) {
      ++done_;
      sums_ = sums;
    };
  }
  bool turnUntilAsked(size_t pages) {
    return turnUntil(loop_, [this, pages] { return asked_.size() == pages; });
  }
  void answer(uint32_t slot, const std::string& address, uint64_t requests) {
    ipc::HostStatsToldPayload told;
    told.question = asked_.back().question;
    told.hosts = {{asked_.back().clusters[0], address, {}}};
    told.hosts[0].numbers.rq_total = requests;
    survey_.told(slot, told);
  }

  net::EventLoop loop_;
  std::set<uint32_t> workers_ = {0, 1};
  std::vector<ipc::HostStatsPayload> asked_;
  HostSurvey survey_{loop_, [this](const ipc::HostStatsPayload& page) {
                       asked_.push_back(page);
                       return workers_;
                     }};
  int done_ = 0;
  HostSums sums_;
};

TEST_F(HostSurveyTest, SumsOverTheWorkers) {
  survey_.start({{3, 1}}, note());
  EXPECT_TRUE(asked_.empty());  // nothing from inside start()
  ASSERT_TRUE(turnUntilAsked(1));
  answer(0, "a:1", 5);
  EXPECT_EQ(done_, 0);
  answer(1, "a:1", 7);
  EXPECT_EQ(done_, 1);
  ASSERT_NE(sums_.find(3, "a:1"), nullptr);
  EXPECT_EQ(sums_.find(3, "a:1")->rq_total, 12u);
}

TEST_F(HostSurveyTest, ManyClustersAndManyHostsAreAskedForInPages) {
  std::vector<HostSurvey::Part> parts;
  for (uint32_t i = 0; i < 20; ++i) parts.push_back({i, i == 2 ? 300u : i == 3 ? 0u : 1u});
  survey_.start(parts, note());
  ASSERT_TRUE(turnUntilAsked(1));
  EXPECT_EQ(asked_[0].clusters.size(), 15u);  // that has no host: nobody is asked
  answer(0, "a:1", 1);
  answer(1, "a:1", 1);
  ASSERT_EQ(asked_.size(), 2u);
  EXPECT_EQ(asked_[1].clusters, (std::vector<uint32_t>{2}));
  EXPECT_EQ(asked_[1].first, 256u);
  answer(1, "b:1", 2);
  answer(0, "b:1", 1);
  ASSERT_EQ(asked_.size(), 3u);
  EXPECT_EQ(asked_[2].clusters, (std::vector<uint32_t>{16, 17, 18, 19}));
  answer(0, "c:1", 1);
  answer(1, "c:1", 1);
  EXPECT_EQ(done_, 1);
  EXPECT_EQ(sums_.find(2, "b:1")->rq_total, 3u);
}

TEST_F(HostSurveyTest, AWorkerThatDoesNotAnswerIsLeftOut) {
  survey_.start({{0, 1}}, note());
  ASSERT_TRUE(turnUntilAsked(1));
  answer(0, "a:1", 5);
  ASSERT_TRUE(turnUntil(loop_, [this] { return done_ == 1; }));
  EXPECT_EQ(sums_.find(0, "a:1")->rq_total, 5u);
  answer(1, "a:1", 7);  // too late
  EXPECT_EQ(done_, 1);
}

TEST_F(HostSurveyTest, WithoutAnybodyToAskOrToAskForItEndsAtOnce) {
  workers_.clear();
  survey_.start({{0, 1}}, note());
  survey_.start({}, note());
  ASSERT_TRUE(turnUntil(loop_, [this] { return done_ == 2; }));
  EXPECT_EQ(asked_.size(), 1u);
  EXPECT_EQ(sums_.find(0, "a:1"), nullptr);
}

TEST_F(HostSurveyTest, OneAfterTheOtherAndNotTooMany) {
  for (size_t i = 0; i < HostSurvey::kMaxWaiting + 1; ++i) survey_.start({{0, 1}}, note());
  ASSERT_TRUE(turnUntil(loop_, [this] { return done_ == 1; }));  // the last one, with nothing
  EXPECT_EQ(sums_.find(0, "a:1"), nullptr);
  ASSERT_TRUE(turnUntilAsked(1));
  const ipc::HostStatsPayload first = asked_[0];
  answer(0, "a:1", 1);
  answer(1, "a:1", 1);
  ASSERT_TRUE(turnUntilAsked(2));
  EXPECT_NE(asked_[1].question, first.question);
  EXPECT_EQ(done_, 2);
}

TEST_F(HostSurveyTest, AReloadEndsItWithWhatIsKnown) {
  survey_.start({{0, 1}}, note());
  ASSERT_TRUE(turnUntilAsked(1));
  answer(0, "a:1", 5);
  survey_.abandon();
  EXPECT_EQ(done_, 1);
  EXPECT_EQ(sums_.find(0, "a:1")->rq_total, 5u);
  survey_.abandon();
  EXPECT_EQ(done_, 1);
}

}  // namespace
}  // namespace convoy::master
