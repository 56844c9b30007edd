#include "master/status.h"

#include <gtest/gtest.h>

#include "common/base/json.h"
#include "tests/fakes/admin_context.h"

namespace convoy::master {
namespace {

std::string textOf(fakes::FakeAdminContext& context, int64_t now = 1000) {
  auto text = renderStatus(statusJson(context), now, false);
  EXPECT_TRUE(text.ok());
  return text.ok() ? *text : "";
}

struct Serving : fakes::FakeAdminContext {
  Serving() {
    worker_views = {{0, 4, 1234, "accepting", 2, 12, 3, 61}, {1, 4, 99, "draining"}};
    reload_view.generation = 4;
    reload_view.last_success_unix = 940;
  }
};

TEST(Status, WorkersStandInATableWithTheirNumbersToTheRight) {
  Serving context;
  const std::string text = textOf(context);
  EXPECT_NE(
      text.find("WORKER  GENERATION   PID  STATE      CONNECTIONS  REQUESTS  RESTARTS  UP\n"
                "     0           4  1234  accepting           12         3         2  61 s\n"
                "     1           4    99  draining             0         0         0  0 s\n"),
      std::string::npos)
      << text;
}

TEST(Status, TheLastReloadIsSaidWithItsErrorIfItFailed) {
  Serving context;
  EXPECT_NE(textOf(context).find("configuration: loaded 60 s ago"), std::string::npos);
  context.reload_view.last_ok = false;
  context.reload_view.last_attempt_unix = 990;
  context.reload_view.last_error = "x.yaml:1:2: error[E0102]: unknown field";
  const std::string text = textOf(context);
  EXPECT_NE(text.find("the last reload failed 10 s ago; what serves was loaded 60 s ago"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("\nx.yaml:1:2: error[E0102]: unknown field\n"), std::string::npos) << text;
}

TEST(Status, LongListsFitIntoOneMessageAndSayHowMuchIsLeftOut) {
  Serving context;
  context.worker_views.resize(kStatusEntries + 5, {1, 4, 4194304, "accepting", 9, 9, 9, 9});
  context.reload_view.last_error = std::string(100000, 'x');
  context.reload_view.last_ok = false;
  EXPECT_LT(statusJson(context).size(), 60000u);
  EXPECT_NE(textOf(context).find("\nand 5 more\n"), std::string::npos);
}

TEST(Status, TheStateIsTheOneOfTheAdminInterface) {
  Serving context;
  for (const ServerState state : {ServerState::Live, ServerState::Draining,
                                  ServerState::PreInitializing, ServerState::Initializing}) {
    context.server_state = state;
    EXPECT_NE(textOf(context).find(", " + std::string(stateName(state)) + ", up "),
              std::string::npos)
        << stateName(state);
  }
}

TEST(Status, NonsenseIsAnErrorAndNotAnEmptyTable) {
  for (const char* text : {"", "{}", "[1]", "{\"workers\":3}", "nonsense"}) {
    EXPECT_FALSE(renderStatus(text, 0, false).ok()) << text;
  }
}

}  // namespace
}  // namespace convoy::master
