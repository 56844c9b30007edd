#include "master/cli.h"

#include <map>

#include <gtest/gtest.h>

#include "common/base/matcher.h"
#include "master/flags.h"

namespace convoy::master {
namespace {

using Variables = std::map<std::string, std::string>;

CommandLine parse(const std::vector<std::string>& args, Variables variables = {}) {
  return parseCommandLine(args, [variables](const char* name) {
    const auto it = variables.find(name);
    return it == variables.end() ? std::string() : it->second;
  });
}
Options options(const std::vector<std::string>& args, Variables variables = {}) {
  CommandLine line = parse(args, std::move(variables));
  EXPECT_FALSE(line.exit_code.has_value()) << line.err;
  return line.options;
}

TEST(Cli, EachSpellingOfAFlagIsTheSame) {
  using Args = std::vector<std::string>;
  for (const Args& args :
       {Args{"-c", "/x"}, Args{"-c /x"}, Args{"-c/x"}, Args{"--config-path", "/x"},
        Args{"--config-path /x"}, Args{"--config-path=/x"}}) {
    EXPECT_EQ(options(args).config_path, "/x") << args[0];
  }
}

TEST(Cli, OneArgumentFormsOfManifestsWork) {
  const Options o = options({"-c /tmp/envoy.yaml", "--service-cluster front", "--log-level debug",
                             "--service-node n-1", "--concurrency 3"});
  EXPECT_EQ(o.config_path, "/tmp/envoy.yaml");
  EXPECT_EQ(o.service_cluster, "front");
  EXPECT_EQ(o.log_level, "debug");
  EXPECT_EQ(o.concurrency, 3u);
}

TEST(Cli, TheNameOfTheProgramMayComeFirstAsInManifestsForEnvoysImage) {
  EXPECT_EQ(options({"envoy", "-c", "/x"}).config_path, "/x");
  EXPECT_EQ(options({"/usr/local/bin/envoy", "-c /x"}).config_path, "/x");
  EXPECT_EQ(parse({"-c", "/x", "envoy"}).exit_code, 1);
}

TEST(Cli, EveryFlagOfEnvoyIsTakenInThreeSpellings) {
  const std::map<std::string_view, std::string> special = {{"mode", "serve"},
                                                           {"concurrency", "2"},
                                                           {"log-level", "info"},
                                                           {"drain-time-s", "1"},
                                                           {"shutdown-delay", "1"},
                                                           {"worker-timeout", "1"},
                                                           {"start-timeout", "1"},
                                                           {"orphan-grace", "1"},
                                                           {"max-draining-generations", "1"},
                                                           {"drain-timeout", "1"},
                                                           {"drain-strategy", "immediate"},
                                                           {"format", "json"},
                                                           {"metrics-address", "127.0.0.1:9902"},
                                                           {"component-log-level", "main:info"}};
  for (const Flag& flag : flags()) {
    const std::string name = "--" + std::string(flag.name);
    if (flag.name == "version" || flag.name == "help" || flag.name == "hot-restart-version") {
      EXPECT_EQ(parse({name}).exit_code, 0);
      continue;
    }
    if (!flag.takesValue() || flag.value_optional) {
      EXPECT_FALSE(parse({name}).exit_code.has_value()) << name;
      continue;
    }
    const auto it = special.find(flag.name);
    const std::string value = it == special.end() ? "v" : it->second;
    for (const auto& args :
         {std::vector<std::string>{name, value}, {name + " " + value}, {name + "=" + value}}) {
      const CommandLine line = parse(args);
      EXPECT_FALSE(line.exit_code.has_value()) << name << line.err;
      ASSERT_EQ(line.options.given.size(), 1u);
      EXPECT_EQ(line.options.given[0].second, value);
    }
  }
}

TEST(Cli, WatchAloneMeansYesAndTakesNoOtherArgument) {
  EXPECT_EQ(options({}).watch, std::nullopt);
  EXPECT_EQ(options({"--watch", "-c", "/x"}).watch, true);
  EXPECT_EQ(options({"--watch", "-c", "/x"}).config_path, "/x");
  EXPECT_EQ(options({"--watch=false"}).watch, false);
  EXPECT_EQ(parse({"--watch=perhaps"}).exit_code, 1);
}

TEST(Cli, TheConfigComesFromFlagThenVariableThenInstalledDefault) {
  EXPECT_EQ(options({"-c", "/a"}, {{"ENVOY_CONFIG", "/b"}}).config_path, "/a");
  EXPECT_EQ(options({}, {{"ENVOY_CONFIG", "/b"}}).config_path, "/b");
  EXPECT_EQ(options({}).config_path, "/etc/convoy/convoy.yaml");
  EXPECT_EQ(options({"--config-yaml", "{}"}).config_path, "");
}

TEST(Cli, ValuesMayHoldDashesSpacesAndEqualSigns) {
  EXPECT_EQ(options({"--config-yaml", "- a b: {c=d}"}).config_yaml, "- a b: {c=d}");
  EXPECT_EQ(options({"--config-yaml=a: b = c"}).config_yaml, "a: b = c");
  EXPECT_EQ(options({"--log-format", "-%v %t"}).log_format, "-%v %t");
  EXPECT_EQ(options({"--config-yaml node: {id: x}"}).config_yaml, "node: {id: x}");
}

TEST(Cli, ModesAndSubcommandsChooseTheCommand) {
  EXPECT_EQ(options({}).command, Command::Serve);
  EXPECT_EQ(options({"--mode", "validate"}).command, Command::Validate);
  EXPECT_EQ(options({"--mode init_only"}).command, Command::InitOnly);
  const Options reload = options({"reload", "--wait", "-c", "/x", "--pid", "12"});
  EXPECT_EQ(reload.command, Command::Ask);
  EXPECT_TRUE(reload.ask.wait);
  EXPECT_EQ(reload.config_path, "/x");
  EXPECT_EQ(reload.pid, 12u);
  const Options validate = options({"validate", "/f.yaml"});
  EXPECT_EQ(validate.command, Command::Validate);
  EXPECT_EQ(validate.config_path, "/f.yaml");
}

TEST(Cli, EveryCommandIsKnownWithItsOperandAndItsFlags) {
  const Options workers = options({"workers", "4", "--wait", "--pid", "7"});
  EXPECT_EQ(workers.ask.command, "workers");
  EXPECT_EQ(workers.ask.argument, "4");
  const Options upgrade = options({"upgrade", "--binary", "/new"});
  EXPECT_EQ(upgrade.ask.argument, "/new");
  const Options status = options({"status", "--format", "json", "-c/x"});
  EXPECT_EQ(status.ask.command, "status");
  EXPECT_TRUE(status.json);
  const Options check = options({"check", "/f.yaml", "--format=json"});
  EXPECT_EQ(check.command, Command::Validate);
  EXPECT_EQ(check.config_path, "/f.yaml");
  EXPECT_EQ(options({"--mode", "upgrade", "-c", "/old"}).command, Command::Upgrade);
  for (const std::vector<std::string>& wrong : {std::vector<std::string>{"workers"},
                                                {"reload", "4"},
                                                {"status", "--wait"},
                                                {"reload", "--binary", "x"},
                                                {"completion"},
                                                {"completion", "ksh"},
                                                {"explain", "E9999"},
                                                {"check", "a", "b"},
                                                {"--wait"},
                                                {"--format", "xml"}}) {
    EXPECT_EQ(parse(wrong).exit_code, 1) << wrong[0];
  }
}

TEST(Cli, WhatConvoyKnowsItselfIsPrinted) {
  EXPECT_EQ(parse({"explain", "e0102"}).out.substr(0, 11), "error E0102");
  EXPECT_NE(parse({"explain"}).out.find("\nW0404  "), std::string::npos);
  EXPECT_NE(parse({"completion", "bash"}).out.find("complete -F _convoy convoy"),
            std::string::npos);
  EXPECT_NE(parse({"drain", "--help"}).out.find("Usage: convoy drain"), std::string::npos);
  for (const char* flag : {"--help", "-h"}) EXPECT_EQ(parse({flag}).exit_code, 0);
}

// What Envoy 1.37 answers to --help, in its order.
TEST(Cli, NoFlagOfEnvoyIsMissing) {
  for (const char* name : {"stats-tag",
                           "log-stacktrace-single-entry",
                           "skip-deprecated-logs",
                           "enable-core-dump",
                           "socket-mode",
                           "socket-path",
                           "disable-extensions",
                           "cpuset-threads",
                           "enable-mutex-tracing",
                           "disable-hot-restart",
                           "mode",
                           "parent-shutdown-time-s",
                           "drain-strategy",
                           "drain-time-s",
                           "file-flush-min-size-kb",
                           "file-flush-interval-msec",
                           "service-zone",
                           "service-node",
                           "service-cluster",
                           "hot-restart-version",
                           "restart-epoch",
                           "log-path",
                           "enable-fine-grain-logging",
                           "log-format-escaped",
                           "log-format",
                           "component-log-level",
                           "log-level",
                           "local-address-ip-version",
                           "admin-address-path",
                           "ignore-unknown-dynamic-fields",
                           "reject-unknown-dynamic-fields",
                           "allow-unknown-static-fields",
                           "allow-unknown-fields",
                           "config-yaml",
                           "config-path",
                           "concurrency",
                           "base-id-path",
                           "skip-hot-restart-parent-stats",
                           "skip-hot-restart-on-no-parent",
                           "use-dynamic-base-id",
                           "base-id",
                           "version",
                           "help"}) {
    EXPECT_NE(findFlag(name), nullptr) << name;
  }
}

TEST(Cli, ZeroWorkersAreOne) {
  EXPECT_EQ(options({"--concurrency", "0"}).concurrency, 1u);
}

TEST(Cli, WrongValuesAreAllNamedAndExitWithOne) {
  const CommandLine line = parse({"--mode", "dance", "--concurrency", "many", "--log-level", "loud",
                                  "--drain-time-s", "-1", "--component-log-level", "x"});
  EXPECT_EQ(line.exit_code, 1);
  for (const char* flag :
       {"--mode", "--concurrency", "--log-level", "--drain-time-s", "--component-log-level"}) {
    EXPECT_NE(line.err.find(flag), std::string::npos) << line.err;
  }
}

TEST(Cli, UnknownFlagsAndMissingValuesExitWithOne) {
  EXPECT_EQ(parse({"--no-such-flag"}).exit_code, 1);
  EXPECT_NE(parse({"--no-such-flag"}).err.find("no-such-flag"), std::string::npos);
  EXPECT_EQ(parse({"-c"}).exit_code, 1);
  EXPECT_EQ(parse({"stray"}).exit_code, 1);
  EXPECT_EQ(parse({"-"}).exit_code, 1);
}

TEST(Cli, TheVersionMatchesWhatScriptsLookFor) {
  const CommandLine line = parse({"--version"});
  EXPECT_EQ(line.exit_code, 0);
  auto pattern = base::Regex::compile(
      "version: [0-9a-f]{40}/1\\.37\\.0(-[^/]+)?/(Clean|Modified)/(RELEASE|DEBUG)/");
  ASSERT_TRUE(pattern.ok());
  EXPECT_TRUE(pattern.value()->partialMatch(line.out)) << line.out;
}

TEST(Cli, FlagsWithoutEffectWarnUnlessTheyBelongToHotRestart) {
  EXPECT_TRUE(options({"--restart-epoch", "1", "--base-id 3"}).warnings.empty());
  EXPECT_EQ(options({"--stats-tag", "a:b"}).warnings.size(), 1u);
  EXPECT_EQ(options({"--drain-strategy", "gradual"}).warnings.size(), 1u);
}

TEST(Cli, TheUserComesFromTheFlagOrTheImagesVariables) {
  EXPECT_EQ(options({"--user", "www"}, {{"ENVOY_UID", "1"}}).user, "www");
  EXPECT_EQ(options({}, {{"ENVOY_UID", "101"}, {"ENVOY_GID", "102"}}).user, "101:102");
  EXPECT_EQ(options({}, {{"ENVOY_UID", "0"}}).user, "");
}

TEST(Cli, PodsKeepAcceptingForAWhileAfterTheStop) {
  EXPECT_EQ(options({}).shutdown_delay_ms, 0u);
  EXPECT_EQ(options({}, {{"KUBERNETES_SERVICE_HOST", "10.0.0.1"}}).shutdown_delay_ms, 5000u);
  EXPECT_EQ(options({}, {{"KUBERNETES_SERVICE_HOST", "10.0.0.1"}}).drain_timeout_ms, 20000u);
  EXPECT_EQ(options({"--shutdown-delay", "60"}).drain_timeout_ms, 5000u);
  EXPECT_EQ(options({"--shutdown-delay", "2"}, {{"KUBERNETES_SERVICE_HOST", "10.0.0.1"}})
                .shutdown_delay_ms,
            2000u);
}

}  // namespace
}  // namespace convoy::master
