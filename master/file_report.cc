#include "master/file_report.h"

#include "common/base/json.h"
#include "common/base/text.h"
#include "common/config/diagnostics.h"
#include "common/config/modernize.h"
#include "master/edition.h"

namespace convoy::master {
namespace {

using config::Diagnostic;

// A file that cannot be read, as a diagnostic like any other.
Diagnostic unreadable(const Options& options, const std::string& why) {
  Diagnostic out;
  out.code = config::code::kSyntax;
  out.file = configurationName(options);
  out.message = why;
  return out;
}

Json::Value toJson(const Diagnostic& d) {
  Json::Value out(Json::objectValue);
  out["level"] = d.level == Diagnostic::Level::Error ? "error" : "warning";
  out["code"] = d.code;
  out["file"] = d.file;
  out["line"] = d.line;
  out["column"] = d.column;
  out["path"] = base::wellFormedUtf8(d.path);
  out["message"] = base::wellFormedUtf8(d.message);
  out["help"] = base::wellFormedUtf8(d.help);
  out["source"] = base::wellFormedUtf8(d.source);
  return out;
}

std::string reportJson(const Options& options, const std::vector<Diagnostic>& diagnostics) {
  Json::Value out(Json::objectValue);
  Json::Value list(Json::arrayValue);
  Json::UInt errors = 0;
  for (const Diagnostic& d : diagnostics) {
    errors += d.level == Diagnostic::Level::Error ? 1 : 0;
    list.append(toJson(d));
  }
  out["file"] = configurationName(options);
  out["ok"] = errors == 0;
  out["errors"] = errors;
  out["warnings"] = static_cast<Json::UInt>(diagnostics.size()) - errors;
  out["diagnostics"] = std::move(list);
  return base::writePrettyJson(out) + "\n";
}

}  // namespace

FileReport checkFile(const Options& options) {
  FileReport report;
  auto sources = readSources(options);
  if (!sources.ok()) {
    const std::string& why = sources.error().context;
    report.exit_code = 1;
    report.err = options.json ? "" : why + "\n";
    if (options.json) report.out = reportJson(options, {unreadable(options, why)});
    return report;
  }
  const config::LoadResult loaded = loadSources(*sources, options);
  report.exit_code = loaded.ok() ? 0 : 1;
  if (options.json) {
    report.out = reportJson(options, loaded.diagnostics);
    return report;
  }
  report.err = renderAll(loaded.diagnostics);
  if (loaded.ok()) report.out = "configuration '" + configurationName(options) + "' OK\n";
  return report;
}

FileReport upgradeFile(const Options& options) {
  auto sources = readSources(options);
  if (!sources.ok()) return {1, "", sources.error().context + "\n"};
  const config::Modernized made = config::modernize(*sources);
  FileReport report{made.yaml.empty() ? 1 : 0, made.yaml, renderAll(made.diagnostics)};
  if (report.exit_code == 0 && !loadSources(*sources, options).ok()) {
    report.err +=
        "note: Convoy refuses this configuration, in either form: convoy check says what for\n";
  }
  return report;
}

}  // namespace convoy::master
