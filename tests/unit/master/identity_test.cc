#include "master/identity.h"

#include <gtest/gtest.h>

namespace convoy::master {
namespace {

TEST(Identity, NothingMeansStay) {
  EXPECT_EQ(lookUpIdentity("")->uid, -1);
  EXPECT_EQ(lookUpIdentity("")->gid, -1);
}

TEST(Identity, ANameBringsItsPrimaryGroup) {
  auto root = lookUpIdentity("root");
  ASSERT_TRUE(root.ok());
  EXPECT_EQ(root->uid, 0);
  EXPECT_EQ(root->gid, 0);
}

TEST(Identity, NumbersNeedNoEntry) {
  auto numbers = lookUpIdentity("64123:64124");
  ASSERT_TRUE(numbers.ok());
  EXPECT_EQ(numbers->uid, 64123);
  EXPECT_EQ(numbers->gid, 64124);
  EXPECT_EQ(lookUpIdentity("64123")->gid, 64123);
}

TEST(Identity, TheGroupMayBeNamed) {
  EXPECT_EQ(lookUpIdentity("64123:root")->gid, 0);
}

TEST(Identity, UnknownNamesAreErrors) {
  EXPECT_FALSE(lookUpIdentity("no-such-user-here").ok());
  EXPECT_FALSE(lookUpIdentity("root:no-such-group-here").ok());
  EXPECT_FALSE(lookUpIdentity(":").ok());
}

}  // namespace
}  // namespace convoy::master
