#include "common/http/message_rules.h"

#include <gtest/gtest.h>

namespace convoy::http {
namespace {

TEST(AbsoluteUri, HasWhatARequestForItHas) {
  base::Arena arena;
  const auto uri = parseAbsoluteUri("HTTPS://Host.Test:8443/a/b?c=d#e", arena);
  ASSERT_TRUE(uri.has_value());
  EXPECT_EQ(uri->scheme, "https");
  EXPECT_EQ(uri->authority, "host.test:8443");
  EXPECT_EQ(uri->path, "/a/b?c=d");
  EXPECT_EQ(parseAbsoluteUri("http://[::1]", arena)->path, "/");
}

TEST(AbsoluteUri, WhatIsNoneIsRefused) {
  base::Arena arena;
  for (const char* bad :
       {"", "/a", "http:", "http:/a", "http://", "http:///a", "httpss://a/", "ftp://a/",
        "http://a b/", "http://a/b\nc", "http://a/%4", "http://u@a/", "http://a:/",
        "http://a:99999/", "http://a/\x80", "http://a?b", "#http://a/"}) {
    EXPECT_FALSE(parseAbsoluteUri(bad, arena)) << bad;
  }
}

}  // namespace
}  // namespace convoy::http
