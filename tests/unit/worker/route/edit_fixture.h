// edit_fixture: a request with its Record and arena, for the tests of header edits and redirects.
#pragma once

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "common/base/arena.h"
#include "common/base/clock.h"
#include "common/config/model/route.h"
#include "common/http/header_map.h"
#include "worker/route/header_edits.h"

namespace convoy::worker {

class FixedClock final : public base::Clock {
 public:
  uint64_t monotonicUs() const override { return 5000000; }
  int64_t wallUs() const override { return 1460751420310042; }
};

class EditTest : public ::testing::Test {
 protected:
  EditTest() {
    head_.method_name = "GET";
    head_.path = "/api/items?x=1";
    head_.authority = "example.com";
    record_.request = &head_;
    record_.response = &response_;
  }

  static config::HeaderValueOption option(
      const std::string& key, const std::string& value,
      config::HeaderValueOption::Action action =
          config::HeaderValueOption::Action::AppendIfExistsOrAdd) {
    config::HeaderValueOption made;
    made.key = key;
    made.value = config::parseFormat(value).value();
    made.action = action;
    return made;
  }
  static std::shared_ptr<const base::Regex> regex(const std::string& pattern) {
    return base::Regex::compile(pattern).value();
  }

  // "name: value" lines in order.
  static std::string text(const http::HeaderMap& headers) {
    std::string lines;
    for (const auto& entry : headers) {
      lines += std::string(entry.name) + ": " + std::string(entry.value) + "\n";
    }
    return lines;
  }
  std::string edited(const EditLevels& levels) {
    editRequestHeaders(levels, FormatContext{record_, "node-1", clock_}, arena_, head_);
    return text(head_.headers);
  }

  FixedClock clock_;
  base::Arena arena_;
  http::RequestHead head_;
  http::ResponseHead response_;
  Record record_;
};

}  // namespace convoy::worker
