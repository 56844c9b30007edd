#include "worker/http/normalize.h"

#include <gtest/gtest.h>

namespace convoy::worker {
namespace {

using Escaped = config::HttpConnectionManager::EscapedSlashes;

class NormalizeTest : public ::testing::Test {
 protected:
  Normalized apply(std::string_view path, std::string_view authority = "a.b") {
    head_.path = path;
    head_.authority = authority;
    return normalizeRequest(config_, *net::Address::fromIp("10.0.0.1", 8080), arena_, head_);
  }

  config::HttpConnectionManager config_;
  base::Arena arena_;
  http::RequestHead head_;
};

TEST_F(NormalizeTest, LeavesEverythingAloneByDefault) {
  EXPECT_EQ(apply("//a/../%2f", "a.b.:8080"), Normalized::Continue);
  EXPECT_EQ(head_.path, "//a/../%2f");
  EXPECT_EQ(head_.authority, "a.b.:8080");
  EXPECT_EQ(arena_.bytesReserved(), 0u);
}

TEST_F(NormalizeTest, MergesAfterResolving) {
  config_.normalize_path = config_.merge_slashes = true;
  EXPECT_EQ(apply("/a//./b//../c?x"), Normalized::Continue);
  EXPECT_EQ(head_.path, "/a/b/c?x");
}

TEST_F(NormalizeTest, EscapedSlashesAreRejectedRedirectedOrForwarded) {
  config_.normalize_path = true;
  config_.escaped_slashes = Escaped::Reject;
  EXPECT_EQ(apply("/a%2F..%2fb"), Normalized::Refuse);
  EXPECT_EQ(apply("/a/b"), Normalized::Continue);
  config_.escaped_slashes = Escaped::UnescapeAndRedirect;
  EXPECT_EQ(apply("/a%2F..%2fb"), Normalized::Redirect);
  EXPECT_EQ(head_.path, "/b");
  config_.escaped_slashes = Escaped::UnescapeAndForward;
  EXPECT_EQ(apply("/a%2F..%5cb"), Normalized::Continue);
  EXPECT_EQ(head_.path, "/b");
}

TEST_F(NormalizeTest, AGrpcCallIsRefusedWhereOthersAreRedirected) {
  config_.escaped_slashes = Escaped::UnescapeAndRedirect;
  head_.headers.add(http::HeaderId::ContentType, "application/grpc+proto");
  EXPECT_EQ(apply("/a%2Fb"), Normalized::Refuse);
}

TEST_F(NormalizeTest, AnEscapedNulIsRefused) {
  config_.normalize_path = true;
  EXPECT_EQ(apply("/%00"), Normalized::Refuse);
}

TEST_F(NormalizeTest, TheListenersOwnPortIsTakenOff) {
  config_.strip_matching_host_port = true;
  apply("/", "a.b:8080");
  EXPECT_EQ(head_.authority, "a.b");
  apply("/", "a.b:80");
  EXPECT_EQ(head_.authority, "a.b:80");
}

TEST_F(NormalizeTest, AnyPortAndTheLastDotAreTakenOff) {
  config_.strip_any_host_port = config_.strip_trailing_host_dot = true;
  apply("/", "a.b.:80");
  EXPECT_EQ(head_.authority, "a.b");
}

}  // namespace
}  // namespace convoy::worker
