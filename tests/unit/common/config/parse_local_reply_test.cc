#include "common/config/model/local_reply.h"
#include "tests/unit/common/config/route_fixture.h"

namespace convoy::config {
namespace {

using testing::HasSubstr;

const char* const kRoutes =
    "virtual_hosts: [{name: all, domains: ['*'], routes: [{match: {prefix: /}, route: {cluster: "
    "up}}]}]";

class LocalReplyConfigTest : public RouteConfigTest {
 protected:
  // `config`: the fields of local_reply_config, in flow style.
  void loadReplies(const std::string& config) {
    loadManager("          local_reply_config: {" + config + "}\n", kRoutes);
  }
  const LocalReplyConfig& replies() const { return *manager().local_reply; }
};

TEST_F(LocalReplyConfigTest, MappersAndFormatsAreRead) {
  loadReplies(
      "mappers: [{filter: {status_code_filter: {comparison: {op: EQ, value: {default_value: "
      "503}}}},"
      " status_code: 501, body: {inline_string: sorry}, headers_to_add: [{header: {key: X-A, value:"
      " b}}], body_format_override: {json_format: {why: '%LOCAL_REPLY_BODY%'},"
      " content_type: application/problem+json}}],"
      " body_format: {text_format_source: {inline_string: 'HTTP %RESPONSE_CODE%'}}");
  ASSERT_TRUE(ok()) << messages_;
  ASSERT_EQ(replies().mappers.size(), 1u);
  const ResponseMapper& mapper = replies().mappers[0];
  EXPECT_EQ(mapper.filter.value, 503u);
  EXPECT_EQ(mapper.status, 501);
  EXPECT_EQ(mapper.body, "sorry");
  EXPECT_EQ(mapper.headers_to_add.at(0).key, "x-a");
  EXPECT_EQ(mapper.format->kind, FormatString::Kind::Json);
  EXPECT_EQ(mapper.format->content_type, "application/problem+json");
  EXPECT_EQ(replies().format->text.source, "HTTP %RESPONSE_CODE%");
}

TEST_F(LocalReplyConfigTest, WithoutItThereIsNone) {
  loadManager("", kRoutes);
  ASSERT_TRUE(ok()) << messages_;
  EXPECT_EQ(manager().local_reply, nullptr);
}

TEST_F(LocalReplyConfigTest, AMapperNeedsAFilterAndAStatusThatThereIs) {
  loadReplies("mappers: [{status_code: 99}]");
  EXPECT_THAT(messages_, HasSubstr("\"filter\" is missing"));
  EXPECT_THAT(messages_, HasSubstr("from 200 to 599"));
}

TEST_F(LocalReplyConfigTest, AFormatThatIsWrongIsSaidWithItsPlace) {
  loadReplies("body_format: {text_format: '%NO_SUCH_THING%'}");
  EXPECT_THAT(messages_, HasSubstr("NO_SUCH_THING"));
  loadReplies("body_format: {content_type: text/html}");
  EXPECT_THAT(messages_, HasSubstr("a format needs text_format"));
}

TEST_F(LocalReplyConfigTest, ADirectResponseMayHaveAFormat) {
  loadRoute(
      "match: {prefix: /}, direct_response: {status: 200, body: {inline_string: x},"
      " body_format: {text_format: 'to %REQ(:path)%', content_type: text/html}}");
  ASSERT_TRUE(ok()) << messages_;
  EXPECT_EQ(route().direct.format->content_type, "text/html");
}

}  // namespace
}  // namespace convoy::config
