// Promise: a running convoy can be asked, a file can be checked and brought up to date, and the
// exit status says what became of it: 0 done, 1 not, 2 nobody answered.
#include <csignal>

#include <gtest/gtest.h>
#include <json/json.h>

#include "common/base/json.h"
#include "tests/fakes/convoy_process.h"
#include "tests/fakes/other_programs.h"
#include "tests/fakes/own_network.h"

namespace convoy::fakes {
namespace {

Ended convoy(std::vector<std::string> args, const Child::Environment& environment = {}) {
  args.insert(args.begin(), ConvoyProcess::binary());
  return Child::run(std::move(args), Millis(20000), environment);
}

Json::Value parsed(const std::string& text) {
  auto json = base::parseJson(text);
  EXPECT_TRUE(json.ok()) << text;
  return json.ok() ? *json : Json::Value();
}

Config answering(uint16_t port) {
  Config config;
  config.http(port, Config::direct(200, "x"));
  return config;
}

TEST(Commands, StatusShowsWorkersListenersAndTheLastReload) {
  const uint16_t port = freePort();
  const ConvoyProcess running(answering(port));
  const std::string pid = std::to_string(running.pid());
  const Ended text = convoy({"status", "--pid", pid});
  EXPECT_EQ(text.status, 0) << text.err;
  EXPECT_NE(text.out.find(", pid " + pid + ", LIVE"), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("127.0.0.1:" + std::to_string(port)), std::string::npos) << text.out;
  EXPECT_EQ(text.out.find('\033'), std::string::npos) << "colours in a file";

  const Json::Value json = parsed(convoy({"status", "--pid", pid, "--format", "json"}).out);
  EXPECT_EQ(json["workers"].size(), 2u);
  EXPECT_EQ(json["workers"][0]["state"].asString(), "accepting");
  EXPECT_TRUE(json["reload"]["last_ok"].asBool());
}

TEST(Commands, AFailedReloadIsSeenByItsExitStatusAndInTheStatus) {
  ConvoyProcess running(answering(freePort()));
  const std::string pid = std::to_string(running.pid());
  running.dir().write("convoy.yaml", "admin: {addres: {}}\n");
  EXPECT_EQ(convoy({"reload", "--wait", "--pid", pid}).status, 1);
  const Ended status = convoy({"status", "--pid", pid});
  EXPECT_EQ(status.status, 0);
  EXPECT_NE(status.out.find("the last reload failed"), std::string::npos) << status.out;
  EXPECT_NE(status.out.find("did you mean \"address\"?"), std::string::npos) << status.out;
}

TEST(Commands, WithNobodyThereEachSaysWhatToDoAndExitsWithTwo) {
  const TempDir dir;
  for (const char* command : {"status", "reload", "drain", "upgrade"}) {
    const Ended done = convoy({command, "--control-path", dir.path("no.sock")});
    EXPECT_EQ(done.status, 2) << command;
    EXPECT_NE(done.err.find("no running convoy answers"), std::string::npos) << done.err;
    EXPECT_NE(done.err.find("--pid PID"), std::string::npos) << done.err;
  }
}

// Who has started one by hand, with a file of his own, need not say which.
TEST(Commands, TheOnlyOneIsFoundAndSeveralAreNamed) {
  const OwnNetwork network;
  if (!network.entered()) GTEST_SKIP() << "a network of its own needs root";
  const ConvoyProcess first(answering(freePort()));
  EXPECT_EQ(convoy({"reload", "--wait"}).status, 0);
  const Ended status = convoy({"status"});
  EXPECT_EQ(status.status, 0) << status.err;
  EXPECT_NE(status.out.find(", pid " + std::to_string(first.pid()) + ", LIVE"), std::string::npos);
  EXPECT_EQ(convoy({"drain"}).status, 2) << "which one is to be said";
  EXPECT_EQ(convoy({"status", "-c", "/nowhere/convoy.yaml"}).status, 2);

  const ConvoyProcess second(answering(freePort()));
  const Ended which = convoy({"status"});
  EXPECT_EQ(which.status, 2);
  for (const pid_t pid : {first.pid(), second.pid()}) {
    EXPECT_NE(which.err.find("--pid " + std::to_string(pid)), std::string::npos) << which.err;
  }
}

TEST(Commands, CheckTellsProgramsEverythingThatItTellsPeople) {
  const TempDir dir;
  const std::string file = dir.write(
      "bad.yaml", "admin:\n  address:\n    socket_address: {address: 127.0.0.1, port: 9901}\n");
  const Ended done = convoy({"check", file, "--format", "json"});
  EXPECT_EQ(done.status, 1);
  EXPECT_EQ(done.err, "");
  const Json::Value report = parsed(done.out);
  EXPECT_FALSE(report["ok"].asBool());
  ASSERT_EQ(report["errors"].asInt(), 2);  // and port_value is missing
  const auto& list = report["diagnostics"];
  const Json::Value& one = list[list[0]["code"].asString() == "E0102" ? 0 : 1];
  EXPECT_EQ(one["code"].asString(), "E0102");
  EXPECT_EQ(one["level"].asString(), "error");
  EXPECT_EQ(one["file"].asString(), file);
  EXPECT_EQ(one["line"].asInt(), 3);
  EXPECT_EQ(one["column"].asInt(), 42);
  EXPECT_EQ(one["path"].asString(), "admin.address.socket_address.port");
  EXPECT_NE(one["message"].asString().find("unknown field"), std::string::npos);
  EXPECT_EQ(one["help"].asString(), "did you mean \"port_value\"?");
  EXPECT_NE(one["source"].asString().find("port: 9901"), std::string::npos);

  const Ended validate = convoy({"--mode", "validate", "-c", file, "--format=json"});
  EXPECT_EQ(validate.out, done.out);
  const Ended absent = convoy({"check", dir.path("absent.yaml"), "--format", "json"});
  EXPECT_EQ(absent.status, 1);
  EXPECT_EQ(parsed(absent.out)["errors"].asInt(), 1);
  const Ended good = convoy({"check", "conf/convoy.yaml"});
  EXPECT_EQ(good.status, 0);
  EXPECT_EQ(good.out, "configuration 'conf/convoy.yaml' OK\n");
}

TEST(Commands, AnOldDocumentIsPrintedInTheFormOfTodayAndServesTheSame) {
  const TempDir dir;
  const uint16_t port = freePort(), admin = freePort();
  const std::string old =
      dir.write("old.json",
                R"({"admin": {"access_log_path": "/dev/null", "address": {"socket_address": {
            "address": "127.0.0.1", "port_value": )" +
                    std::to_string(admin) + R"(}}},
          "static_resources": {"listeners": [{"name": "l", "address": {"socket_address": {
            "address": "127.0.0.1", "port_value": )" +
                    std::to_string(port) + R"(}},
           "filter_chains": [{"filters": [{"name": "envoy.http_connection_manager", "config": {
             "stat_prefix": "h", "http_filters": [{"name": "envoy.router"}],
             "route_config": {"virtual_hosts": [{"name": "v", "domains": ["*"], "routes": [
               {"match": {"regex": "/a+"}, "direct_response": {"status": 201}},
               {"match": {"prefix": "/"}, "direct_response": {"status": 202}}]}]}}}]}]}]}})");
  const Ended made = convoy({"--mode", "upgrade", "-c", old});
  ASSERT_EQ(made.status, 0) << made.err;
  EXPECT_NE(made.err.find("W0401"), std::string::npos) << made.err;
  for (const std::string& file : {old, dir.write("new.yaml", made.out)}) {
    Child running({ConvoyProcess::binary(), "-c", file, "--concurrency", "1"});
    EXPECT_TRUE(eventually([&] { return httpGet(port, "/aaa").status == 201; })) << running.err();
    EXPECT_EQ(httpGet(port, "/b").status, 202);
    EXPECT_EQ(httpGet(admin, "/ready").status, 200);
    EXPECT_EQ(running.err().find("W0401") == std::string::npos, file != old);
    running.signal(SIGINT);
    EXPECT_EQ(running.wait(Millis(5000)), 0);
  }
  EXPECT_EQ(convoy({"--mode", "upgrade", "-c", dir.write("x.yaml", "a: [")}).status, 1);
}

// --- completion, in the shells themselves ---

std::string completed(const std::string& shell, const std::string& script) {
  const TempDir dir;
  const std::string file = dir.write("script", script);
  const Ended done =
      Child::run({findProgram(shell), file}, Millis(20000),
                 {{"PATH", dir.path("") + ":/usr/bin:/bin"}, {"HOME", dir.path("")}});
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_EQ(done.err, "") << shell;
  return done.out;
}

std::string inBash(const std::string& words) {
  return completed("bash", convoy({"completion", "bash"}).out + "\ncompopt() { :; }\nCOMP_WORDS=(" +
                               words +
                               ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_convoy\n"
                               "printf '%s\\n' \"${COMPREPLY[@]}\"\n");
}

TEST(Completion, BashCompletesCommandsFlagsChoicesAndFiles) {
  if (const std::string why = missing("bash"); !why.empty()) GTEST_SKIP() << why;
  EXPECT_EQ(inBash("convoy rel"), "reload\n");
  EXPECT_EQ(inBash("convoy --drain-t"), "--drain-time-s\n--drain-timeout\n");
  EXPECT_EQ(inBash("convoy --mode up"), "upgrade\n");
  EXPECT_EQ(inBash("convoy --mode = v"), "validate\n");
  EXPECT_EQ(inBash("convoy -l cr"), "critical\n");
  EXPECT_EQ(inBash("convoy upgrade --bin"), "--binary\n");
  EXPECT_EQ(inBash("convoy reload --bin"), "\n");
  EXPECT_EQ(inBash("convoy explain E010"), "E0101\nE0102\nE0103\nE0104\nE0105\nE0106\n");
  EXPECT_EQ(inBash("convoy check conf/README"), "conf/README.md\n");
}

TEST(Completion, FishCompletesCommandsFlagsAndChoices) {
  if (const std::string why = missing("fish"); !why.empty()) GTEST_SKIP() << why;
  const std::string script = convoy({"completion", "fish"}).out;
  const auto in_fish = [&](const std::string& line) {
    return completed("fish",
                     script + "\ncomplete -C '" + line + "' | string replace -r '\\t.*' ''\n");
  };
  EXPECT_EQ(in_fish("convoy rel"), "reload\n");
  EXPECT_EQ(in_fish("convoy --mode up"), "upgrade\n");
  EXPECT_EQ(in_fish("convoy upgrade --bin"), "--binary\n");
}

TEST(Completion, ZshTakesTheScript) {
  if (const std::string why = missing("zsh"); !why.empty()) GTEST_SKIP() << why;
  EXPECT_EQ(completed("zsh", "autoload -U compinit; compinit -D -u\n" +
                                 convoy({"completion", "zsh"}).out + "\nprint $_comps[convoy]\n"),
            "_convoy\n");
}

}  // namespace
}  // namespace convoy::fakes
