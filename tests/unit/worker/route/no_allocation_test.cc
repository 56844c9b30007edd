#include "tests/fakes/count_allocations.h"
#include "tests/unit/worker/route/edit_fixture.h"
#include "tests/unit/worker/route/random_routes.h"
#include "worker/route/route_table.h"

namespace convoy::worker {
namespace {

class NoAllocation : public EditTest {};

TEST_F(NoAllocation, LookingUpARouteAllocatesNothing) {
  config::RouteConfiguration configuration;
  configuration.virtual_hosts.resize(1);
  configuration.virtual_hosts[0].domains = {"*.example.com", "example.com"};
  for (const char* path : {"/x", "/api/items", "/api/"}) {
    config::Route route;
    route.match = pathMatch(config::RouteMatch::Path::Prefix, path);
    configuration.virtual_hosts[0].routes.push_back(route);
  }
  config::HeaderMatcher header;
  header.name = "x-a-rather-long-header-name-for-matching";
  header.kind = config::HeaderMatcher::Kind::String;
  header.string = base::StringMatcher::make(base::StringMatcher::Kind::Contains, "B", true).value();
  configuration.virtual_hosts[0].routes[1].match.headers = {header};
  head_.headers.add("x-a-rather-long-header-name-for-matching", "aaaaaaaaaaaaaaaaaaaaaaaaaaaa");
  head_.headers.add("x-a-rather-long-header-name-for-matching", "bbbbbbbbbbbbbbbbbbbbbbbbbbbb");
  const auto table = RouteTable::build(configuration);
  ASSERT_NE(table->match(head_, 0).route, nullptr);  // buffers get their capacity

  const uint64_t before = fakes::allocationCount();
  for (int i = 0; i < 100; ++i) table->match(head_, 0);
  EXPECT_EQ(fakes::allocationCount(), before);
}

TEST_F(NoAllocation, EditingARequestAllocatesNothingOnceWarm) {
  config::Route route;
  route.match.path = "/api";
  route.action.prefix_rewrite = "/v2";
  route.mutations.request_to_remove = {"x-old"};
  route.mutations.request_to_add = {
      option("x-one", "%REQ(:PATH)% seen by %HOSTNAME% at %START_TIME%"),
      option("x-two", "two", config::HeaderValueOption::Action::OverwriteIfExistsOrAdd)};
  const FormatContext context{record_, "node-1", clock_};
  const auto request = [&] {
    arena_.reset();
    head_.headers.clear();
    head_.path = "/api/items?x=1";
    editRequestHeaders({nullptr, &route, nullptr, nullptr}, context, arena_, head_);
    rewriteTarget(route, nullptr, arena_, head_);
  };
  request();

  const uint64_t before = fakes::allocationCount();
  for (int i = 0; i < 100; ++i) request();
  EXPECT_EQ(fakes::allocationCount(), before);
  EXPECT_EQ(head_.headers.size(), 3u);
}

}  // namespace
}  // namespace convoy::worker
