// file_report: what is said about a configuration without serving it: `--mode validate` (and
// `check`, for people or as JSON), `--mode upgrade`. Reads files, prints nothing.
#pragma once

#include <string>

#include "master/options.h"

namespace convoy::master {

struct FileReport {
  int exit_code = 0;
  std::string out, err;  // for stdout and stderr
};

// {"file", "ok", "errors", "warnings", "diagnostics": [{"level", "code", "file", "line", "column",
// "path", "message", "help", "source"}]} with options.json.
FileReport checkFile(const Options& options);
// The file in Envoy's form of today, as YAML.
FileReport upgradeFile(const Options& options);

}  // namespace convoy::master
