#include "master/commands.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <unistd.h>

#include "common/base/log.h"
#include "common/base/text.h"
#include "master/cli.h"
#include "master/file_report.h"
#include "master/inheritance.h"
#include "master/master.h"
#include "master/status.h"
#include "master/style.h"

namespace convoy::master {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

void print(std::FILE* to, const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), to);
  std::fflush(to);
}

int print(const FileReport& report) {
  print(stdout, report.out);
  print(stderr, paintDiagnostics(report.err, usesColour(STDERR_FILENO, environment)));
  return report.exit_code;
}

constexpr int kNobodyAnswered = 2;

std::set<uint32_t> mastersHere() {
  std::ifstream file("/proc/net/unix");
  std::ostringstream text;
  text << file.rdbuf();
  return mastersIn(std::move(text).str());
}

// The operator said which one is meant.
bool isNamed(const Options& options) {
  const bool by_file = std::any_of(options.given.begin(), options.given.end(),
                                   [](const auto& flag) { return flag.first == "config-path"; });
  return options.pid || !options.control_path.empty() || by_file ||
         !environment("ENVOY_CONFIG").empty() || !environment("RUNTIME_DIRECTORY").empty();
}

std::vector<std::string> placesToAsk(const Options& options) {
  if (options.pid) return {controlAddressOfPid(*options.pid)};
  std::vector<std::string> out = controlAddresses(
      options.control_path, environment("RUNTIME_DIRECTORY"), options.config_path, 0);
  if (options.control_path.empty()) out.push_back("/run/convoy/control.sock");
  // The only one there is, for what can do no harm if another one was meant.
  const std::string& command = options.ask.command;
  if (!isNamed(options) && (command == kStatusCommand || command == "reload")) {
    const std::set<uint32_t> here = mastersHere();
    if (here.size() == 1) out.push_back(controlAddressOfPid(*here.begin()));
  }
  return out;
}

// "help: here runs: --pid 7, --pid 9"
std::string whoRuns() {
  std::string out;
  for (const uint32_t pid : mastersHere()) {
    out += (out.empty() ? "  help: here runs: --pid " : ", --pid ") + std::to_string(pid);
  }
  return out.empty() ? "" : out + "\n";
}

int printStatus(const Options& options, const std::string& json) {
  if (options.json) {
    print(stdout, json + "\n");
    return 0;
  }
  auto text = renderStatus(json, std::time(nullptr), usesColour(STDOUT_FILENO, environment));
  if (text.ok()) {
    print(stdout, *text);
    return 0;
  }
  print(stderr, "error: " + text.error().context + "; with --format json it is shown as it came\n");
  return 1;
}

int ask(const Options& options) {
  ControlRequest asked = options.ask;
  if (asked.command == kUpgradeCommand && !asked.argument.empty()) {
    // The master may live in another directory than the caller.
    std::error_code ignored;
    asked.argument = std::filesystem::absolute(asked.argument, ignored).lexically_normal();
  }
  auto reply = askMaster(placesToAsk(options), asked);
  const std::string text = reply.ok() ? reply->text : reply.error().context;
  if (reply.ok() && reply->ok) {
    if (asked.command == kStatusCommand) return printStatus(options, text);
    print(stdout, text + "\n");
    return 0;
  }
  print(stderr, text + (text.empty() || text.back() != '\n' ? "\n" : ""));
  if (!reply.ok() && reply.error().kind == base::ErrorKind::NotFound) print(stderr, whoRuns());
  return reply.ok() ? 1 : kNobodyAnswered;
}

bool setUpLogging(const Options& options) {
  if (!options.log_path.empty()) {
    const base::Status status = base::setLogPath(options.log_path);
    if (!status.ok()) {
      print(stderr, "error: --log-path: " + status.error().context + "\n");
      return false;
    }
  }
  if (!options.log_format.empty()) base::setLogPattern(options.log_format);
  if (auto level = base::parseLogLevel(options.log_level); level.ok()) base::setLogLevel(*level);
  for (const auto& [component, name] : options.component_log_levels) {
    base::logger(component);
    if (auto level = base::parseLogLevel(name); level.ok()) {
      const base::Status status = base::setLogLevel(component, *level);
      if (!status.ok()) base::logger("main").warn("{}", status.error().context);
    }
  }
  for (const std::string& warning : options.warnings) base::logger("main").warn("{}", warning);
  return true;
}

// What is at that path later may be the next version. Links are kept: packages switch them.
std::string startedFrom(const std::string& name, const std::string& search) {
  std::error_code ignored;
  if (name.find('/') != std::string::npos) {
    return std::filesystem::absolute(name, ignored).lexically_normal();
  }
  for (std::string_view folder : base::split(search, ':')) {
    const std::string path = std::string(folder) + "/" + name;
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  return "/proc/self/exe";
}

int serve(const Options& options, const Inheritance* inheritance) {
  if (!setUpLogging(options)) return 1;
  Identity identity;
  if (::geteuid() == 0) {
    auto found = lookUpIdentity(options.user);
    if (!found.ok()) {
      print(stderr, "error: " + found.error().context + "\n");
      return 1;
    }
    identity = *found;
  } else if (!options.user.empty()) {
    base::logger("main").warn("--user {} has no effect: only root can change users", options.user);
  }
  net::EventLoop loop;
  OsProcesses processes;
  Notifier notifier =
      inheritance ? Notifier::restore(inheritance->state["notifier"]) : Notifier::fromEnvironment();
  Master master(loop, processes, options, std::move(notifier), takeListenFds(), identity);
  return master.run(inheritance);
}

}  // namespace

int runCommandLine(const std::vector<std::string>& argv) {
  // Before anything else that could fail: an option that this program does not know any more.
  const std::optional<Inheritance> inheritance = takeInheritance(argv);
  const std::vector<std::string> args(argv.begin() + (argv.empty() ? 0 : 1), argv.end());
  CommandLine line = parseCommandLine(args, environment, usesColour(STDOUT_FILENO, environment));
  line.options.argv = argv;
  line.options.program = startedFrom(argv.empty() ? "" : argv[0], environment("PATH"));
  print(stdout, line.out);
  print(stderr, line.err);
  if (line.exit_code) return *line.exit_code;
  switch (line.options.command) {
    case Command::Validate:
      return print(checkFile(line.options));
    case Command::Upgrade:
      return print(upgradeFile(line.options));
    case Command::Ask:
      return ask(line.options);
    case Command::Serve:
    case Command::InitOnly:
      return serve(line.options, inheritance ? &*inheritance : nullptr);
  }
  return 1;
}

}  // namespace convoy::master
