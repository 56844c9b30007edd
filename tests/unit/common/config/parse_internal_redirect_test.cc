#include "common/config/model/internal_redirect.h"
#include "tests/unit/common/config/route_fixture.h"

namespace convoy::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Kind = InternalRedirectPolicy::Predicate::Kind;

std::string predicate(const std::string& type, const std::string& fields = "") {
  return "{name: p, typed_config: {'@type': "
         "type.googleapis.com/envoy.extensions.internal_redirect." +
         type + (fields.empty() ? "" : ", " + fields) + "}}";
}

TEST_F(RouteConfigTest, AnEmptyRedirectPolicyFollowsOne302) {
  loadAction("internal_redirect_policy: {}");
  ASSERT_TRUE(ok()) << messages_;
  const InternalRedirectPolicy& policy = *action().internal_redirect;
  EXPECT_EQ(policy.max_redirects, 1u);
  EXPECT_THAT(policy.statuses, ElementsAre(302));
  EXPECT_FALSE(policy.allow_cross_scheme);
}

TEST_F(RouteConfigTest, ARedirectPolicyIsRead) {
  loadAction(
      "internal_redirect_policy: {max_internal_redirects: 3, redirect_response_codes: [301,"
      " 303], allow_cross_scheme_redirect: true, response_headers_to_copy: [X-A], predicates: [" +
      predicate("previous_routes.v3.PreviousRoutesConfig") + ", " +
      predicate("allow_listed_routes.v3.AllowListedRoutesConfig",
                "allowed_route_names: [one, two]") +
      ", " + predicate("safe_cross_scheme.v3.SafeCrossSchemeConfig") + "]}");
  ASSERT_TRUE(ok()) << messages_;
  const InternalRedirectPolicy& policy = *action().internal_redirect;
  EXPECT_EQ(policy.max_redirects, 3u);
  EXPECT_THAT(policy.statuses, ElementsAre(301, 303));
  EXPECT_TRUE(policy.allow_cross_scheme);
  EXPECT_THAT(policy.headers_to_copy, ElementsAre("x-a"));
  ASSERT_EQ(policy.predicates.size(), 3u);
  EXPECT_EQ(policy.predicates[0].kind, Kind::PreviousRoutes);
  EXPECT_THAT(policy.predicates[1].names, ElementsAre("one", "two"));
  EXPECT_EQ(policy.predicates[2].kind, Kind::SafeCrossScheme);
}

TEST_F(RouteConfigTest, OtherCodesAreNotFollowedAndThatIsSaid) {
  loadAction("internal_redirect_policy: {redirect_response_codes: [300, 307]}");
  ASSERT_TRUE(ok()) << messages_;
  EXPECT_THAT(messages_, HasSubstr("only 301, 302, 303, 307 and 308"));
  EXPECT_THAT(action().internal_redirect->statuses, ElementsAre(307));
}

TEST_F(RouteConfigTest, TheOlderSwitchOfRedirectsIsRead) {
  loadAction("internal_redirect_action: HANDLE_INTERNAL_REDIRECT, max_internal_redirects: 2");
  ASSERT_TRUE(ok()) << messages_;
  EXPECT_EQ(action().internal_redirect->max_redirects, 2u);
  loadAction("internal_redirect_action: PASS_THROUGH_INTERNAL_REDIRECT");
  EXPECT_EQ(action().internal_redirect, nullptr);
}

TEST_F(RouteConfigTest, APredicateThatNobodyKnowsIsRefused) {
  loadAction("internal_redirect_policy: {predicates: [" + predicate("made_up.v3.MadeUpConfig") +
             "]}");
  EXPECT_FALSE(ok());
  EXPECT_THAT(messages_, HasSubstr("no internal redirect predicate \"MadeUpConfig\""));
}

TEST_F(RouteConfigTest, AFieldThatMakesTheTargetIsNotCopied) {
  loadAction("internal_redirect_policy: {response_headers_to_copy: [':path']}");
  EXPECT_THAT(messages_, HasSubstr("not a field that can be copied"));
}

}  // namespace
}  // namespace convoy::config
