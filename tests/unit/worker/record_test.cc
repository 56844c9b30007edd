#include "worker/record.h"

#include <set>
#include <string_view>

#include <gtest/gtest.h>

namespace convoy::worker {
namespace {

TEST(Record, EveryFlagHasTwoNamesOfItsOwn) {
  std::set<std::string_view> brief, full;
  for (unsigned i = 0; i < static_cast<unsigned>(Flag::Count); ++i) {
    brief.insert(flagShort(static_cast<Flag>(i)));
    full.insert(flagLong(static_cast<Flag>(i)));
  }
  EXPECT_EQ(brief.size(), static_cast<size_t>(Flag::Count));
  EXPECT_EQ(full.size(), static_cast<size_t>(Flag::Count));
  EXPECT_EQ(flagShort(Flag::NoRouteFound), "NR");
  EXPECT_EQ(flagLong(Flag::OverloadManager), "OverloadManagerTerminated");
}

}  // namespace
}  // namespace convoy::worker
