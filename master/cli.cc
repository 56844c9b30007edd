#include "master/cli.h"

#include <algorithm>
#include <map>

#include <CLI/CLI.hpp>

#include "common/base/build_info.h"
#include "common/base/log.h"
#include "common/base/text.h"
#include "common/config/error_pages.h"
#include "master/completion.h"
#include "master/flags.h"
#include "master/help.h"
#include "master/listen_address.h"

#ifndef CONVOY_DEFAULT_CONFIG
#define CONVOY_DEFAULT_CONFIG "/etc/convoy/convoy.yaml"
#endif

namespace convoy::master {
namespace {

constexpr uint64_t kShortDrainMs = 5000;

using Values = std::map<std::string, std::string, std::less<>>;

// Every flag in one canonical form, "--name=value": whatever spelling the manifest chose, CLI11
// then cannot take a value that begins with a dash for a flag. What we do not know passes
// unchanged, so that CLI11 names it in its error.
std::vector<std::string> canonical(const std::vector<std::string>& args) {
  std::vector<std::string> out;
  for (size_t i = 0; i < args.size(); ++i) {
    const std::string& arg = args[i];
    if (arg.size() < 2 || arg[0] != '-' || arg == "--") {
      out.push_back(arg);
      continue;
    }
    const bool is_long = arg[1] == '-';
    const size_t begin = is_long ? 2 : 1;
    const size_t end = is_long ? arg.find_first_of("= \t\n", begin) : begin + 1;
    const Flag* flag = findFlag(arg.substr(begin, end == std::string::npos ? end : end - begin));
    if (flag == nullptr || (flag->letter.empty() && !is_long)) {
      out.push_back(arg);
      continue;
    }
    const std::string name = "--" + std::string(flag->name);
    const bool attached = end != std::string::npos && end < arg.size();
    if (flag->value_optional && !attached) {
      out.push_back(name + "=true");
    } else if (!flag->takesValue()) {
      out.push_back(attached ? arg : name);
    } else if (attached) {
      size_t value = end;
      if (arg[value] == '=' || arg[value] == ' ' || arg[value] == '\t' || arg[value] == '\n')
        ++value;
      if (arg[end] != '=') value = std::min(arg.find_first_not_of(" \t", value), arg.size());
      out.push_back(name + "=" + arg.substr(value));
    } else if (i + 1 < args.size()) {
      out.push_back(name + "=" + args[++i]);
    } else {
      out.push_back(name);
    }
  }
  return out;
}

// Envoy's image puts "envoy" before arguments that do not begin with it: manifests write either.
std::vector<std::string> withoutProgram(const std::vector<std::string>& args) {
  const std::string first = args.empty() ? "" : args[0].substr(args[0].rfind('/') + 1);
  const bool named = first == "envoy" || first == "convoy";
  return {args.begin() + (named ? 1 : 0), args.end()};
}

std::string describe(const Flag& flag) {
  return (flag.letter.empty() ? "" : "-" + std::string(flag.letter) + ",") + "--" +
         std::string(flag.name);
}

void addFlags(CLI::App& app, Values& values) {
  app.set_help_flag();
  for (const Flag& flag : flags()) {
    const std::string name(flag.name);
    if (flag.takesValue()) {
      // Of one text: with a list, CLI11 would take a stray argument behind it for another value.
      app.add_option_function<std::string>(
             describe(flag), [&values, name](const std::string& v) { values[name] = v; })
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    } else {
      app.add_flag_callback(describe(flag), [&values, name] { values[name] = "true"; });
    }
  }
}

// Collects what is wrong with the values, so that all of it is said at once.
class Reader {
 public:
  explicit Reader(const Values& values) : values_(values) {}
  bool has(std::string_view name) const { return values_.find(name) != values_.end(); }
  std::string text(std::string_view name) const {
    const auto it = values_.find(name);
    return it == values_.end() ? "" : it->second;
  }
  std::optional<uint64_t> number(std::string_view name, uint64_t max) {
    if (!has(name)) return std::nullopt;
    const auto n = base::parseUint(text(name));
    if (n && *n <= max) return n;
    fail(name, "is not a number from 0 to " + std::to_string(max));
    return std::nullopt;
  }
  void seconds(std::string_view name, uint64_t* out_ms) {
    if (const auto s = number(name, 31536000)) *out_ms = *s * 1000;
  }
  void oneOf(std::string_view name, const std::vector<std::string>& allowed) {
    if (!has(name) || std::count(allowed.begin(), allowed.end(), text(name)) != 0) return;
    std::string list;
    for (const std::string& word : allowed) list += (list.empty() ? "" : ", ") + word;
    fail(name, "is not one of: " + list);
  }
  void fail(std::string_view name, const std::string& why) {
    errors_ += "error: --" + std::string(name) + ": \"" + text(name) + "\" " + why + "\n";
  }
  const std::string& errors() const { return errors_; }

 private:
  const Values& values_;
  std::string errors_;
};

void readLogging(Reader& in, Options& out) {
  if (in.has("log-level")) out.log_level = in.text("log-level");
  if (!base::parseLogLevel(out.log_level).ok()) {
    in.fail("log-level", "is not one of: trace debug info warning warn error critical off");
  }
  out.log_path = in.text("log-path");
  out.log_format = in.text("log-format");
  if (!in.has("component-log-level")) return;
  const std::string list = in.text("component-log-level");
  for (std::string_view item : base::split(list, ',')) {
    const size_t colon = item.find(':');
    if (colon == 0 || colon == std::string_view::npos ||
        !base::parseLogLevel(item.substr(colon + 1)).ok()) {
      in.fail("component-log-level", "is not of the form component:level,component:level");
      return;
    }
    out.component_log_levels.emplace_back(item.substr(0, colon), item.substr(colon + 1));
  }
}

void readService(Reader& in, Options& out, const Environment& environment) {
  out.service_node = in.text("service-node");
  out.service_cluster = in.text("service-cluster");
  out.service_zone = in.text("service-zone");
  out.admin_address_path = in.text("admin-address-path");
  out.metrics_address = in.text("metrics-address");
  if (in.has("metrics-address") && !listenAddress(out.metrics_address).ok()) {
    in.fail("metrics-address", "is not of the form 127.0.0.1:9902, [::]:9902 or /path/of/a.sock");
  }
  out.pid_file = in.text("pid-file");
  out.user = in.text("user");
  // The official image's entry point knows these; as numbers here, since there is no usermod.
  const std::string uid = environment("ENVOY_UID");
  if (out.user.empty() && !uid.empty() && uid != "0") {
    const std::string gid = environment("ENVOY_GID");
    out.user = uid + (gid.empty() ? "" : ":" + gid);
  }
  in.seconds("drain-time-s", &out.drain_time_ms);
  // In a pod, removal from the endpoints and SIGTERM race: accept a little longer.
  if (!environment("KUBERNETES_SERVICE_HOST").empty()) out.shutdown_delay_ms = 5000;
  in.seconds("shutdown-delay", &out.shutdown_delay_ms);
  // Both together end before a pod's 30 s do.
  out.drain_timeout_ms -= std::min(out.shutdown_delay_ms, out.drain_timeout_ms - kShortDrainMs);
  in.seconds("drain-timeout", &out.drain_timeout_ms);
  in.seconds("worker-timeout", &out.worker_timeout_ms);
  in.seconds("start-timeout", &out.start_timeout_ms);
  if (out.start_timeout_ms == 0) in.fail("start-timeout", "is not at least 1");
  if (const auto n = in.number("max-draining-generations", 1000)) {
    if (*n == 0) in.fail("max-draining-generations", "is not a number from 1 to 1000");
    out.max_draining_generations = *n;
  }
  in.seconds("orphan-grace", &out.orphan_grace_ms);
  in.oneOf("drain-strategy", {"gradual", "immediate"});
  if (in.text("drain-strategy") == "gradual") {
    out.warnings.push_back(
        "--drain-strategy gradual is not supported: draining answers carry Connection: close at "
        "once, and idle connections stay until they are used or the drain time ends");
  }
}

void readConfig(Reader& in, Options& out, const Environment& environment) {
  out.config_path = in.text("config-path");
  out.config_yaml = in.text("config-yaml");
  if (out.config_path.empty()) out.config_path = environment("ENVOY_CONFIG");
  if (out.config_path.empty() && out.config_yaml.empty()) out.config_path = CONVOY_DEFAULT_CONFIG;
  out.sentinel = in.has("sentinel");
  out.dashboard_actions = in.has("dashboard-actions");
  out.allow_unsupported = in.has("allow-unsupported");
  out.allow_unknown_fields =
      in.has("allow-unknown-static-fields") || in.has("allow-unknown-fields");
  in.oneOf("watch", {"true", "false"});
  if (in.has("watch")) out.watch = in.text("watch") == "true";
  in.oneOf("format", {"text", "json"});
  out.json = in.text("format") == "json";
  in.oneOf("mode", {"serve", "validate", "init_only", "upgrade"});
  if (in.text("mode") == "validate") out.command = Command::Validate;
  if (in.text("mode") == "init_only") out.command = Command::InitOnly;
  if (in.text("mode") == "upgrade") out.command = Command::Upgrade;
  if (const auto n = in.number("concurrency", 1024)) {
    out.concurrency = std::max<uint32_t>(1, static_cast<uint32_t>(*n));
  }
}

void noteEffects(const Values& values, Options& out) {
  for (const auto& [name, value] : values) {
    out.given.emplace_back(name, value);
    const Flag* flag = findFlag(name);
    if (flag != nullptr && flag->effect == Flag::Effect::Warns) {
      out.warnings.push_back("--" + name + " is " + std::string(flag->help));
    }
  }
}

// What stands beside the flags: a command, its operand and the flags that only commands have.
struct Asked {
  const Subcommand* command = nullptr;
  std::string operand, binary;
  uint32_t pid = 0;
  bool wait = false;
};

void addSubcommands(CLI::App& app, Asked& asked) {
  for (const Subcommand& command : subcommands()) {
    CLI::App* sub = app.add_subcommand(std::string(command.name));
    sub->set_help_flag();
    sub->fallthrough();
    sub->callback([&asked, &command] { asked.command = &command; });
    if (!command.operand.empty()) sub->add_option("operand", asked.operand);
    const auto has = [&command](std::string_view flag) {
      return std::ranges::any_of(subcommandFlags(), [&](const SubcommandFlag& known) {
        return known.name == flag && known.belongsTo(command.name);
      });
    };
    if (has("wait")) sub->add_flag("--wait", asked.wait);
    if (has("pid")) sub->add_option("--pid", asked.pid);
    if (has("binary")) sub->add_option("--binary", asked.binary);
  }
}

CommandLine finished(int code, std::string out, std::string err) {
  CommandLine line;
  line.exit_code = code;
  line.out = std::move(out);
  line.err = std::move(err);
  return line;
}

}  // namespace

std::string versionText() {
  return std::string("convoy  version: ") + base::buildRevision() + "/1.37.0-convoy." +
         base::kVersion + "/Clean/RELEASE/OpenSSL\n";
}

namespace {

CommandLine wrong(const std::string& errors) {
  return finished(1, "", errors + "See convoy --help.\n");
}

CommandLine explain(const std::string& code) {
  if (code.empty()) {
    std::string list;
    for (const config::ErrorPage& page : config::errorPages()) {
      list += std::string(page.code) + "  " + std::string(page.meaning) + "\n";
    }
    return finished(0, list, "");
  }
  const config::ErrorPage* page = config::findErrorPage(code);
  if (page != nullptr) return finished(0, config::errorPageText(*page), "");
  return finished(1, "", "error: no code \"" + code + "\"; `convoy explain` lists them all\n");
}

CommandLine complete(const std::string& shell) {
  const auto script = completionFor(shell);
  if (script) return finished(0, *script, "");
  return wrong("error: completion: \"" + shell + "\" is not one of: bash, zsh, fish\n");
}

// The commands that only print something. nullopt: there is more to do.
std::optional<CommandLine> answered(const Values& values, const Asked& asked, bool colour) {
  if (values.count("help") != 0) {
    return finished(0, asked.command ? helpOf(*asked.command, colour) : helpText(colour), "");
  }
  if (values.count("version") != 0) return finished(0, "\n" + versionText() + "\n", "");
  if (values.count("hot-restart-version") != 0) return finished(0, "disabled\n", "");
  if (asked.command == nullptr) return std::nullopt;
  const Subcommand& command = *asked.command;
  if (command.operand_required && asked.operand.empty()) {
    return wrong("error: " + std::string(command.name) + ": " + std::string(command.operand) +
                 " is missing\n");
  }
  if (command.name == "explain") return explain(asked.operand);
  if (command.name == "completion") return complete(asked.operand);
  return std::nullopt;
}

void readSubcommand(const Asked& asked, Options& out) {
  if (asked.command == nullptr) return;
  if (asked.command->kind == Subcommand::Kind::Checks) out.command = Command::Validate;
  if (asked.pid != 0) out.pid = asked.pid;
  if (asked.command->kind != Subcommand::Kind::Asks) return;
  out.command = Command::Ask;
  out.ask.command = asked.command->name;
  out.ask.argument = asked.binary.empty() ? asked.operand : asked.binary;
  out.ask.wait = asked.wait;
}

}  // namespace

CommandLine parseCommandLine(const std::vector<std::string>& args, const Environment& environment,
                             bool colour) {
  CLI::App app("", "convoy");
  Values values;
  Asked asked;
  addFlags(app, values);
  addSubcommands(app, asked);
  std::vector<std::string> reversed = canonical(withoutProgram(args));
  std::reverse(reversed.begin(), reversed.end());
  try {
    app.parse(reversed);
  } catch (const CLI::ParseError& e) {
    return wrong(std::string("error: ") + e.what() + "\n");
  }
  if (auto done = answered(values, asked, colour)) return *done;
  const bool checks = asked.command && asked.command->kind == Subcommand::Kind::Checks;
  if (checks && !asked.operand.empty()) values["config-path"] = asked.operand;

  CommandLine line;
  Reader in(values);
  readConfig(in, line.options, environment);
  readLogging(in, line.options);
  readService(in, line.options, environment);
  line.options.control_path = in.text("control-path");
  noteEffects(values, line.options);
  readSubcommand(asked, line.options);
  if (!in.errors().empty()) return wrong(in.errors());
  return line;
}

}  // namespace convoy::master
