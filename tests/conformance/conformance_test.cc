// Every case of tests/conformance/cases, played whole, octet by octet and cut behind every line
// end. Run from the root of the tree.
#include <gtest/gtest.h>

#include "tests/conformance/case_file.h"
#include "tests/conformance/h2_players.h"
#include "tests/conformance/players.h"

namespace convoy::conformance {
namespace {

constexpr Split kSplits[] = {Split::Whole, Split::Octets, Split::Lines};

std::string shown(const std::vector<std::string>& messages) {
  std::string out;
  for (const std::string& message : messages) out += "\n  forward: " + escape(message);
  return out;
}

class Requests : public testing::TestWithParam<std::string> {};
class Responses : public testing::TestWithParam<std::string> {};

void expectOutcome(const Case& c, const Outcome& outcome) {
  EXPECT_EQ(shown(outcome.forwarded), shown(c.forward));
  EXPECT_EQ(outcome.rejected, c.reject) << outcome.detail;
  EXPECT_EQ(outcome.detail, c.detail);
  EXPECT_EQ(outcome.parsed_after, 0);
}

TEST_P(Requests, ForwardedExactlyOrRejectedHoweverTheyAreCut) {
  for (const Case& c : loadCases("tests/conformance/cases/" + GetParam())) {
    for (const Split split : kSplits) {
      SCOPED_TRACE(c.name + ", split " + std::to_string(static_cast<int>(split)));
      const Outcome outcome = playRequests(settingsOf(c.with), cut(c.send, split));
      expectOutcome(c, outcome);
      const bool closes = outcome.answered.find("connection: close\r\n") != std::string::npos;
      EXPECT_TRUE(closes || c.reject == 0) << escape(outcome.answered);
    }
  }
}

// What one hop lets through means the same to the next.
TEST_P(Requests, WhatIsForwardedParsesToTheSameMessage) {
  for (const Case& c : loadCases("tests/conformance/cases/" + GetParam())) {
    for (const std::string& message : c.forward) {
      SCOPED_TRACE(c.name);
      http::H1Settings settings = settingsOf(c.with);
      settings.max_head_bytes += 1024;
      const Outcome again = playRequests(settings, {message});
      EXPECT_EQ(shown(again.forwarded), shown({message})) << again.detail;
    }
  }
}

TEST_P(Responses, ForwardedExactlyOrRejectedHoweverTheyAreCut) {
  for (const Case& c : loadCases("tests/conformance/cases/" + GetParam())) {
    for (const Split split : kSplits) {
      SCOPED_TRACE(c.name + ", split " + std::to_string(static_cast<int>(split)));
      // Octets behind the end of a response are seen only if they come with it.
      if (c.with.find("whole") != std::string::npos && split != Split::Whole) continue;
      const std::string words = c.with.substr(0, c.with.find("whole"));
      http::H1Settings settings = settingsOf(words);
      settings.allow_upgrade = true;
      const Outcome outcome = playResponse(settings, c.request, cut(c.send, split));
      expectOutcome(c, outcome);
      EXPECT_EQ(outcome.end, c.end);
    }
  }
}

// HTTP/2 in, HTTP/1 out.
TEST(H2Requests, ForwardedExactlyOrRejectedHoweverTheyAreCut) {
  for (const Case& c : loadCases("tests/conformance/cases/h2_requests.cases")) {
    for (const Split split : kSplits) {
      SCOPED_TRACE(c.name + ", split " + std::to_string(static_cast<int>(split)));
      http::H2Settings settings;
      settings.rules = settingsOf(c.with);
      settings.stream_error_on_invalid_message = true;
      const Outcome outcome = playH2Requests(settings, cut(h2Octets(c), split));
      expectOutcome(c, outcome);
      EXPECT_EQ(c.reject == 0 ? outcome.end : "", c.end);
    }
  }
}

TEST(H2Requests, WhatIsForwardedParsesToTheSameMessage) {
  for (const Case& c : loadCases("tests/conformance/cases/h2_requests.cases")) {
    for (const std::string& message : c.forward) {
      SCOPED_TRACE(c.name);
      const Outcome again = playRequests(settingsOf(""), {message});
      EXPECT_EQ(shown(again.forwarded), shown({message})) << again.detail;
    }
  }
}

// HTTP/1 in, HTTP/2 out.
TEST(H2Upstreams, RequestsAreForwardedExactlyHoweverTheyAreCut) {
  for (const Case& c : loadCases("tests/conformance/cases/h2_upstream_requests.cases")) {
    for (const Split split : kSplits) {
      SCOPED_TRACE(c.name + ", split " + std::to_string(static_cast<int>(split)));
      expectOutcome(c, playRequests(settingsOf(c.with), cut(c.send, split), writeH2Request));
    }
  }
}

TEST(H2Upstreams, ResponsesAreForwardedExactlyOrResetHoweverTheyAreCut) {
  for (const Case& c : loadCases("tests/conformance/cases/h2_upstream_responses.cases")) {
    for (const Split split : kSplits) {
      SCOPED_TRACE(c.name + ", split " + std::to_string(static_cast<int>(split)));
      http::H2Settings settings;
      settings.rules = settingsOf(c.with);
      settings.stream_error_on_invalid_message = true;
      const Outcome outcome = playH2Response(settings, c.request, cut(h2ResponseOctets(c), split));
      expectOutcome(c, outcome);
      EXPECT_EQ(outcome.end, c.end);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Http1, Requests,
                         testing::Values("request_framing.cases", "request_head.cases",
                                         "request_connection.cases", "request_chunks.cases"),
                         [](const auto& suite) {
                           return suite.param.substr(0, suite.param.find('.'));
                         });
INSTANTIATE_TEST_SUITE_P(Http1, Responses,
                         testing::Values("response_head.cases", "response_body.cases"),
                         [](const auto& suite) {
                           return suite.param.substr(0, suite.param.find('.'));
                         });

// The files are read from the tree: an empty or lost file must not pass for a good one.
TEST(Cases, AreAllThere) {
  size_t requests = 0, responses = 0;
  for (const char* file : {"framing", "head", "connection", "chunks"}) {
    requests += loadCases(std::string("tests/conformance/cases/request_") + file + ".cases").size();
  }
  for (const char* file : {"head", "body"}) {
    responses +=
        loadCases(std::string("tests/conformance/cases/response_") + file + ".cases").size();
  }
  EXPECT_GE(requests, 160u);
  EXPECT_GE(responses, 70u);
  EXPECT_GE(loadCases("tests/conformance/cases/h2_requests.cases").size(), 100u);
  EXPECT_GE(loadCases("tests/conformance/cases/h2_upstream_requests.cases").size(), 25u);
  EXPECT_GE(loadCases("tests/conformance/cases/h2_upstream_responses.cases").size(), 25u);
}

}  // namespace
}  // namespace convoy::conformance
