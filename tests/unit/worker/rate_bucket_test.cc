// A bucket gives what it holds, then what its rate says; two that share a word are one bucket.
#include "worker/rate_bucket.h"

#include <gtest/gtest.h>

namespace convoy::worker {
namespace {

constexpr uint64_t kSecond = 1000000;

int taken(const RateBucket& bucket, uint64_t& word, uint64_t now_us, int asked) {
  int count = 0;
  for (int i = 0; i < asked; ++i) count += bucket.take(word, now_us) ? 1 : 0;
  return count;
}

TEST(RateBucketTest, ABurstThenTheRate) {
  const RateBucket bucket({5, 2, 1000});
  uint64_t word = 0;
  EXPECT_EQ(taken(bucket, word, 100 * kSecond, 20), 5);
  EXPECT_EQ(taken(bucket, word, 101 * kSecond, 20), 2);
  EXPECT_EQ(taken(bucket, word, 101 * kSecond + kSecond / 2, 20), 1);
  EXPECT_EQ(taken(bucket, word, 200 * kSecond, 20), 5);
}

TEST(RateBucketTest, WorkersShareOneWord) {
  const RateBucket first({4, 1, 1000}), second({4, 1, 1000});
  uint64_t word = 0;
  EXPECT_EQ(taken(first, word, 50 * kSecond, 3), 3);
  EXPECT_EQ(taken(second, word, 50 * kSecond, 3), 1);
}

TEST(RateBucketTest, TellsWhatIsLeftAndWhenThereIsMore) {
  const RateBucket bucket({3, 1, 10000});
  uint64_t word = 0;
  EXPECT_EQ(bucket.tokensLeft(word, 50 * kSecond), 3u);
  EXPECT_EQ(bucket.nextTokenUs(word, 50 * kSecond), 0u);
  taken(bucket, word, 50 * kSecond, 3);
  EXPECT_EQ(bucket.tokensLeft(word, 50 * kSecond), 0u);
  EXPECT_EQ(bucket.nextTokenUs(word, 54 * kSecond), 6 * kSecond);
  EXPECT_EQ(bucket.tokensLeft(word, 61 * kSecond), 1u);
}

TEST(RateBucketTest, TheLargestBucketIsStillOne) {
  const RateBucket bucket({UINT32_MAX, 1, UINT64_MAX});
  uint64_t word = 0;
  EXPECT_TRUE(bucket.take(word, UINT64_MAX / 2000000));
  EXPECT_FALSE(bucket.take(word, UINT64_MAX / 2000000));
}

}  // namespace
}  // namespace convoy::worker
