// What Convoy does not do, Envoy does by the address that a connection was meant for: each way to
// ask for it is told so.
#include "tests/unit/common/config/route_fixture.h"

namespace convoy::config {
namespace {

using testing::HasSubstr;

class OriginalDstTest : public ::testing::Test {
 protected:
  std::string messagesOf(const std::string& listener, const std::string& cluster = "") {
    const std::string yaml =
        "static_resources:\n"
        "  listeners:\n"
        "  - name: front\n"
        "    address: {socket_address: {address: 127.0.0.1, port_value: 80}}\n" +
        listener +
        "    filter_chains:\n"
        "    - filters: [{name: envoy.filters.network.tcp_proxy, typed_config: {stat_prefix: t, "
        "cluster: up}}]\n"
        "  clusters:\n"
        "  - {name: up, " +
        (cluster.empty() ? "load_assignment: {cluster_name: up}" : cluster) + "}\n";
    const LoadResult result = load({Source{"test.yaml", yaml, Source::Format::Yaml}}, {});
    std::string out;
    for (const Diagnostic& d : result.diagnostics) out += render(d);
    return out;
  }
};

TEST_F(OriginalDstTest, AClusterOfItIsRefused) {
  const std::string said =
      messagesOf("", "type: ORIGINAL_DST, lb_policy: CLUSTER_PROVIDED, connect_timeout: 1s");
  EXPECT_THAT(said, HasSubstr("E0201"));
  EXPECT_THAT(said, HasSubstr("ORIGINAL_DST"));
}

TEST_F(OriginalDstTest, AListenerFilterOfItIsRefusedAndSaysWhatToDo) {
  const std::string said = messagesOf(
      "    listener_filters: [{name: envoy.filters.listener.original_dst, typed_config: "
      "{\"@type\": type.googleapis.com/envoy.extensions.filters.listener.original_dst.v3."
      "OriginalDst}}]\n");
  EXPECT_THAT(said, HasSubstr("E0201"));
  EXPECT_THAT(said, HasSubstr("reach the listener by its own address"));
}

TEST_F(OriginalDstTest, AListenerThatUsesItIsRefused) {
  EXPECT_THAT(messagesOf("    use_original_dst: true\n"), HasSubstr("DNAT"));
  EXPECT_THAT(messagesOf("    connection_balance_config: {exact_balance: {}}\n"),
              testing::Not(HasSubstr("E0201")));
}

}  // namespace
}  // namespace convoy::config
