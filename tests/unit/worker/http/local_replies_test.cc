// local_reply_config: what becomes of each kind of answer that is made here.
#include "worker/http/local_replies.h"

#include "tests/unit/worker/http/proxy_fixture.h"

namespace convoy {
namespace {

std::string when(int status) {
  return "filter: {status_code_filter: {comparison: {op: EQ, value: {default_value: " +
         std::to_string(status) + "}}}}";
}

class LocalRepliesTest : public ProxyTest {
 protected:
  // `config`: the fields of local_reply_config. Nobody serves the cluster.
  void startWith(const std::string& config) {
    start("          local_reply_config: {" + config + "}\n");
  }
};

TEST_F(LocalRepliesTest, AMapperChangesStatusBodyAndFields) {
  startWith("mappers: [{" + when(404) + ", status_code: 410}, {" + when(503) +
            ", status_code: 500, body: {inline_string: 'come back later'}, headers_to_add: "
            "[{header: {key: x-was, value: '%RESPONSE_CODE%'}}]}]");
  const HttpMessage answer = get("/");
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.body, "come back later");
  EXPECT_EQ(answer.header("content-type"), "text/plain");
  EXPECT_EQ(answer.header("x-was"), "503");
}

TEST_F(LocalRepliesTest, AFormatIsForAllAnswersAndAnOverrideForSome) {
  startWith(
      "body_format: {text_format: '%RESPONSE_CODE% %LOCAL_REPLY_BODY%!', content_type: "
      "text/html}, mappers: [{" +
      when(200) +
      ", body_format_override: {json_format: {said: '%LOCAL_REPLY_BODY%', code: "
      "'%RESPONSE_CODE%'}}}]");
  HttpMessage answer = get("/");
  EXPECT_EQ(answer.body, "503 no healthy upstream!");
  EXPECT_EQ(answer.header("content-type"), "text/html");
  answer = get("/direct");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "{\"code\":200,\"said\":\"direct\"}\n");
  EXPECT_EQ(answer.header("content-type"), "application/json");
}

TEST_F(LocalRepliesTest, TheTypeThatAMapperNamesStays) {
  startWith("body_format: {text_format: '<p>%LOCAL_REPLY_BODY%'}, mappers: [{" + when(503) +
            ", headers_to_add: [{header: {key: content-type, value: text/html}, append_action: "
            "OVERWRITE_IF_EXISTS_OR_ADD}]}]");
  const HttpMessage answer = get("/");
  EXPECT_EQ(answer.body, "<p>no healthy upstream");
  EXPECT_EQ(answer.header("content-type"), "text/html");
}

TEST_F(LocalRepliesTest, WhatMatchesNoMapperStays) {
  startWith(
      "mappers: [{filter: {header_filter: {header: {name: x-a, present_match: true}}}, "
      "status_code: 599}]");
  EXPECT_EQ(get("/").status, 503);
  EXPECT_EQ(get("/", "x-a: 1\r\n").status, 599);
}

TEST_F(LocalRepliesTest, AFilterMayAskHowLongItTook) {
  startWith(
      "mappers: [{filter: {duration_filter: {comparison: {op: LE, value: {default_value: "
      "60000}}}}, status_code: 501}]");
  EXPECT_EQ(get("/").status, 501);
}

TEST_F(LocalRepliesTest, AGrpcCallIsToldInItsWay) {
  startWith("mappers: [{" + when(503) +
            ", status_code: 403}], body_format: {text_format: \"no\\n100%% %RESPONSE_CODE%\"}");
  HttpMessage answer;
  play([&] {
    answer = RawClient(port()).request("POST", "/", "content-type: application/grpc\r\n", "");
  });
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("grpc-status"), "7");
  EXPECT_EQ(answer.header("grpc-message"), "no%0A100%25 403");
  EXPECT_EQ(answer.body, "");
}

TEST_F(LocalRepliesTest, HeadHasTheLengthAndNoBody) {
  startWith("body_format: {text_format: 'sorry'}");
  HttpMessage answer;
  play([&] { answer = RawClient(port()).request("HEAD", "/", "", ""); });
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.header("content-length"), "5");
}

TEST_F(LocalRepliesTest, AnswersOfTheUpstreamAreLeftAlone) {
  startWith("body_format: {text_format: 'sorry'}, mappers: [{" + when(500) +
            ", status_code: 502}]");
  FakeUpstream upstream(FakeUpstream::respond(500, "its own"));
  serve(upstream);
  const HttpMessage answer = get("/");
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.body, "its own");
}

TEST_F(LocalRepliesTest, ARefusedMessageIsOneToo) {
  startWith("body_format: {text_format: 'HTTP %RESPONSE_CODE% %RESPONSE_CODE_DETAILS%'}");
  HttpMessage answer;
  play([&] {
    RawClient client(port());
    client.send("GET / HTTP/1.1\r\nHost: a\r\nbad line\r\n\r\n");
    answer = client.readResponse();
  });
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body, "HTTP 400 invalid_field_name");
}

TEST_F(LocalRepliesTest, WhatTheRouteAddsToAnswersItAddsToTheseToo) {
  std::string yaml = fakes::httpProxyYaml();
  const std::string match = "- match: {prefix: /}\n";
  yaml.insert(yaml.find(match) + match.size(),
              "                response_headers_to_add: [{header: {key: x-code, value: "
              "'%RESPONSE_CODE%'}}]\n");
  startYaml(yaml);
  const HttpMessage answer = get("/");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.header("x-code"), "503");
}

}  // namespace
}  // namespace convoy
