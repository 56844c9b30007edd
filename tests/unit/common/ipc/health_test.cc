#include "common/ipc/health.h"

#include <gtest/gtest.h>

#include "common/ipc/messages.h"

namespace convoy::ipc {
namespace {

TEST(HealthMessage, BothAnswersComeAcrossAndNothingElse) {
  EXPECT_TRUE(knownMessageType(static_cast<uint16_t>(MessageType::Health)));
  for (const bool failed : {true, false}) {
    bool read = !failed;
    EXPECT_TRUE(fromHealthMessage(healthMessage(failed), &read));
    EXPECT_EQ(read, failed);
  }
  bool read = false;
  for (const char* bad : {"", "[]", "{}", "{\"failed\":1}", "{\"failed\":\"yes\"}", "true"}) {
    EXPECT_FALSE(fromHealthMessage(bad, &read)) << bad;
  }
}

}  // namespace
}  // namespace convoy::ipc
