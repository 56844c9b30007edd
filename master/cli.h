// cli: argv and the environment -> Options. Takes every flag of Envoy 1.37 in each of its spellings
// ("--f v", "--f=v", and flag and value in ONE argument, "-c /x", as manifests write them) and
// ours. A table of flags (flags.h) says what each one is; CLI11 is fenced in cli.cc. Pure; no
// process state.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "master/options.h"

namespace convoy::master {

struct CommandLine {
  Options options;
  // Set: print `out` on stdout or `err` on stderr and exit with it.
  std::optional<int> exit_code;
  std::string out;
  std::string err;
};

// getenv, or a fake: "" if unset.
using Environment = std::function<std::string(const char*)>;

// `colour`: of --help.
CommandLine parseCommandLine(const std::vector<std::string>& args, const Environment& environment,
                             bool colour = false);

// "convoy  version: <40 hex>/0.1.0/Clean/RELEASE/OpenSSL" as Envoy's --version prints it.
std::string versionText();

}  // namespace convoy::master
