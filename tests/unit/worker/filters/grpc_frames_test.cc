#include "worker/filters/grpc_frames.h"

#include <string>

#include <gtest/gtest.h>

namespace convoy::worker {
namespace {

using namespace std::string_literals;

std::string frame(size_t size) {
  std::string out = "\0\0\0"s;
  out += static_cast<char>(size >> 8);
  out += static_cast<char>(size & 0xff);
  return out + std::string(size, 'm');
}

TEST(GrpcFrames, CountsWholeMessages) {
  GrpcFrames frames;
  EXPECT_EQ(frames.count(""), 0u);
  EXPECT_EQ(frames.count(frame(10) + frame(0) + frame(0) + frame(300)), 4u);
  EXPECT_EQ(frames.count(frame(1)), 1u);
}

TEST(GrpcFrames, AMessageCountsOnceHoweverItIsCut) {
  const std::string all = frame(3) + frame(0) + frame(260) + frame(7);
  for (size_t piece = 1; piece < 20; ++piece) {
    GrpcFrames frames;
    uint64_t counted = 0;
    for (size_t at = 0; at < all.size(); at += piece)
      counted += frames.count(all.substr(at, piece));
    EXPECT_EQ(counted, 4u) << piece;
  }
}

TEST(GrpcFrames, CountsFromTheFirstByteOn) {
  GrpcFrames frames;
  EXPECT_EQ(frames.count("\0"s), 1u);
  EXPECT_EQ(frames.count(frame(2).substr(1)), 0u);
  EXPECT_EQ(frames.count("\0"s), 1u);
  frames.reset();
  EXPECT_EQ(frames.count(frame(2)), 1u);
}

TEST(GrpcFrames, TheLargestLengthThereIs) {
  GrpcFrames frames;
  EXPECT_EQ(frames.count("\0\xff\xff\xff\xff"s + frame(5)), 1u);
}

}  // namespace
}  // namespace convoy::worker
