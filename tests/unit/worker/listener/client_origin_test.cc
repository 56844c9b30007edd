// What listener filters found out survives a handover, and nonsense is refused.
#include "worker/listener/client_origin.h"

#include <gtest/gtest.h>

namespace convoy::worker {

namespace {

TEST(ClientOriginTest, TravelsWhole) {
  ClientOrigin origin;
  origin.direct = *net::Address::fromIp("127.0.0.1", 5);
  origin.tlvs = {{0xea, "value"}, {1, ""}};
  origin.server_name = "a.example";
  origin.ja3 = std::string(32, 'a');
  const ClientOriginPtr again = ClientOrigin::decode(origin.encode());
  ASSERT_NE(again, nullptr);
  EXPECT_EQ(again->direct, origin.direct);
  ASSERT_EQ(again->tlvs.size(), 2u);
  EXPECT_EQ(again->tlvs[0].value, "value");
  EXPECT_EQ(again->server_name, "a.example");
  EXPECT_EQ(again->ja3, origin.ja3);
}

TEST(ClientOriginTest, EveryCutIsRefused) {
  ClientOrigin origin;
  origin.tlvs = {{1, "x"}};
  const std::string bytes = origin.encode();
  for (size_t n = 0; n < bytes.size(); ++n) {
    EXPECT_EQ(ClientOrigin::decode(bytes.substr(0, n)), nullptr) << n;
  }
  EXPECT_EQ(ClientOrigin::decode(bytes + "x"), nullptr);
}

}  // namespace

}  // namespace convoy::worker
