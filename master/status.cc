#include "master/status.h"

#include <algorithm>
#include <ctime>
#include <unistd.h>
#include <vector>

#include "common/base/build_info.h"
#include "common/base/json.h"
#include "common/base/text.h"
#include "master/style.h"

namespace convoy::master {
namespace {

constexpr size_t kErrorText = 8000;

Json::Value workersJson(const std::vector<WorkerView>& workers) {
  Json::Value out(Json::arrayValue);
  for (size_t i = 0; i < std::min(workers.size(), kStatusEntries); ++i) {
    const WorkerView& worker = workers[i];
    Json::Value one(Json::objectValue);
    one["worker"] = worker.slot;
    one["generation"] = worker.generation;
    one["pid"] = worker.pid;
    one["state"] = worker.state;
    one["connections"] = Json::UInt64{worker.connections};
    one["requests"] = Json::UInt64{worker.requests_inflight};
    one["restarts"] = Json::UInt64{worker.restarts};
    one["uptime_s"] = Json::UInt64{worker.uptime_s};
    out.append(std::move(one));
  }
  return out;
}

Json::Value listenersJson(const config::Bootstrap& bootstrap) {
  Json::Value out(Json::arrayValue);
  for (size_t i = 0; i < std::min(bootstrap.listeners.size(), kStatusEntries); ++i) {
    const config::Listener& listener = bootstrap.listeners[i];
    Json::Value one(Json::objectValue);
    one["name"] = listener.name;
    one["address"] = listener.address.toString();
    out.append(std::move(one));
  }
  return out;
}

Json::Value reloadJson(const ReloadView& reloads) {
  Json::Value out(Json::objectValue);
  out["last_ok"] = reloads.last_ok;
  out["last_attempt_unix"] = Json::Int64{reloads.last_attempt_unix};
  out["last_success_unix"] = Json::Int64{reloads.last_success_unix};
  out["ok"] = Json::UInt64{reloads.ok};
  out["invalid"] = Json::UInt64{reloads.invalid};
  out["bind_failed"] = Json::UInt64{reloads.bind_failed};
  out["start_failed"] = Json::UInt64{reloads.start_failed};
  out["last_error"] = reloads.last_error.substr(0, kErrorText);
  return out;
}

std::string span(int64_t seconds) {
  seconds = std::max<int64_t>(seconds, 0);
  if (seconds < 120) return std::to_string(seconds) + " s";
  if (seconds < 7200) return std::to_string(seconds / 60) + " min";
  if (seconds < 172800) return std::to_string(seconds / 3600) + " h";
  return std::to_string(seconds / 86400) + " d";
}

// Columns as wide as what is in them, two spaces between; the numbers to the right.
class Table {
 public:
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  std::string text(bool colour) const {
    std::vector<size_t> widths;
    for (const auto& row : rows_) {
      widths.resize(std::max(widths.size(), row.size()));
      for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    std::string out;
    for (size_t r = 0; r < rows_.size(); ++r) {
      std::string line;
      for (size_t i = 0; i < rows_[r].size(); ++i) {
        const std::string& cell = rows_[r][i];
        const std::string pad(widths[i] - cell.size(), ' ');
        line += (i == 0 ? "" : "  ") + (isRight(i) ? pad + cell : cell + pad);
      }
      line.erase(line.find_last_not_of(' ') + 1);
      out += (r == 0 ? paint(line, Paint::Heading, colour) : line) + "\n";
    }
    return out;
  }

 private:
  bool isRight(size_t column) const {
    return std::all_of(rows_.begin() + 1, rows_.end(), [column](const auto& row) {
      return column >= row.size() || base::parseUint(row[column]).has_value();
    });
  }
  std::vector<std::vector<std::string>> rows_;
};

std::string leftOut(const Json::Value& shown, const Json::Value& total) {
  if (!total.isUInt64() || total.asUInt64() <= shown.size()) return "";
  return "and " + std::to_string(total.asUInt64() - shown.size()) + " more\n";
}

std::string workerTable(const Json::Value& workers, bool colour) {
  Table table;
  table.row({"WORKER", "GENERATION", "PID", "STATE", "CONNECTIONS", "REQUESTS", "RESTARTS", "UP"});
  for (const Json::Value& one : workers) {
    table.row({one["worker"].asString(), one["generation"].asString(), one["pid"].asString(),
               one["state"].asString(), one["connections"].asString(), one["requests"].asString(),
               one["restarts"].asString(), span(one["uptime_s"].asInt64())});
  }
  return table.text(colour);
}

std::string listenerTable(const Json::Value& listeners, bool colour) {
  Table table;
  table.row({"LISTENER", "ADDRESS"});
  for (const Json::Value& one : listeners) {
    table.row({one["name"].asString(), one["address"].asString()});
  }
  return table.text(colour);
}

std::string reloadText(const Json::Value& reload, int64_t now_unix, bool colour) {
  const bool ok = reload["last_ok"].asBool();
  const auto ago = [&](const char* when) {
    return span(now_unix - reload[when].asInt64()) + " ago";
  };
  std::string out =
      "configuration: " +
      paint(ok ? "loaded" : "the last reload failed", ok ? Paint::Good : Paint::Error, colour) +
      " " + ago(ok ? "last_success_unix" : "last_attempt_unix");
  if (!ok) out += "; what serves was loaded " + ago("last_success_unix");
  const uint64_t failed = reload["invalid"].asUInt64() + reload["bind_failed"].asUInt64() +
                          reload["start_failed"].asUInt64();
  out += "; reloads: " + reload["ok"].asString() + " done, " + std::to_string(failed) + " failed\n";
  if (!ok) out += paintDiagnostics(reload["last_error"].asString(), colour) + "\n";
  return out;
}

}  // namespace

std::string statusJson(AdminContext& context) {
  const auto bootstrap = context.bootstrap();
  const std::vector<WorkerView> workers = context.workers();
  const ReloadView reloads = context.reloads();
  Json::Value out(Json::objectValue);
  out["version"] = base::kVersion;
  out["revision"] = base::buildRevision();
  out["pid"] = static_cast<Json::Int64>(::getpid());
  out["state"] = stateName(context.state());
  out["uptime_s"] = Json::UInt64{context.uptimeSeconds()};
  out["config_path"] = context.configPath();
  out["concurrency"] = context.concurrency();
  out["generation"] = reloads.generation;
  out["reload"] = reloadJson(reloads);
  out["workers"] = workersJson(workers);
  out["workers_total"] = Json::UInt64{workers.size()};
  out["listeners"] = bootstrap ? listenersJson(*bootstrap) : Json::Value(Json::arrayValue);
  out["listeners_total"] = Json::UInt64{bootstrap ? bootstrap->listeners.size() : 0};
  return base::writeJson(out);
}

base::Result<std::string> renderStatus(const std::string& json, int64_t now_unix, bool colour) {
  const auto parsed = base::parseJson(json);
  if (!parsed.ok() || !parsed->isObject() || !(*parsed)["workers"].isArray()) {
    return base::Error::make(base::ErrorKind::Protocol, "the status does not parse");
  }
  const Json::Value& status = *parsed;
  const bool live = status["state"].asString() == "LIVE";
  std::string out =
      "convoy " + status["version"].asString() + ", pid " + status["pid"].asString() + ", " +
      paint(status["state"].asString(), live ? Paint::Good : Paint::Warning, colour) + ", up " +
      span(status["uptime_s"].asInt64()) + ", generation " + status["generation"].asString() + "\n";
  if (const std::string path = status["config_path"].asString(); !path.empty()) {
    out += "file: " + path + "\n";
  }
  out += reloadText(status["reload"], now_unix, colour);
  out += "\n" + workerTable(status["workers"], colour) +
         leftOut(status["workers"], status["workers_total"]);
  out += "\n" + listenerTable(status["listeners"], colour) +
         leftOut(status["listeners"], status["listeners_total"]);
  return out;
}

}  // namespace convoy::master
