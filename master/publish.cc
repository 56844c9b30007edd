#include "master/publish.h"

#include <cerrno>
#include <fcntl.h>

namespace convoy::master {
namespace {

std::string pathOf(const config::AccessLog& log) {
  switch (log.target) {
    case config::AccessLog::Target::Stdout:
      return "/dev/stdout";
    case config::AccessLog::Target::Stderr:
      return "/dev/stderr";
    case config::AccessLog::Target::File:
      return log.path;
  }
  return log.path;
}

base::Result<base::UniqueFd> openLog(const std::string& path) {
  int fd = -1;
  if (path == "/dev/stdout" || path == "/dev/stderr") {
    fd = ::fcntl(path == "/dev/stdout" ? 1 : 2, F_DUPFD_CLOEXEC, 3);
  } else {
    // Non-blocking so that a named pipe without a reader is an error and not a hang.
    fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
                0644);
  }
  if (fd >= 0) return base::UniqueFd(fd);
  return base::Error::fromErrno(errno, "cannot open access log \"" + path + "\"");
}

std::vector<const config::AccessLog*> accessLogs(const config::Listener& listener) {
  std::vector<const config::AccessLog*> out;
  const auto add = [&out](const std::vector<config::AccessLog>& logs) {
    for (const config::AccessLog& log : logs) out.push_back(&log);
  };
  for (size_t i = 0; i < listener.chainCount(); ++i) {
    if (const auto* http = listener.chain(i).http()) add(http->access_log);
    if (const auto* tcp = listener.chain(i).tcp()) add(tcp->access_log);
  }
  return out;
}

void sendListeners(ipc::Channel& channel, const ListenerSet& set, uint32_t slot, uint32_t slots) {
  ipc::ListenersPayload payload;
  std::vector<int> fds;
  const auto flush = [&] {
    channel.send(ipc::MessageType::Listeners, ipc::toJson(payload), fds);
    payload.indices.clear();
    fds.clear();
  };
  for (const ListenerSet::Entry& entry : set.entries()) {
    for (int fd : entry.bound->socketsOf(slot, slots)) {
      payload.indices.push_back(entry.index);
      fds.push_back(fd);
      if (fds.size() == ipc::kMaxFdsPerMessage) flush();
    }
  }
  flush();
}

}  // namespace

base::Result<std::shared_ptr<LogFiles>> LogFiles::open(const config::Bootstrap& bootstrap,
                                                       const std::string& config_name) {
  auto out = std::make_shared<LogFiles>();
  for (const config::Listener& listener : bootstrap.listeners) {
    for (const config::AccessLog* log : accessLogs(listener)) {
      const std::string path = pathOf(*log);
      if (out->files_.count(path) != 0) continue;
      auto fd = openLog(path);
      if (!fd.ok()) {
        return base::Error::make(base::ErrorKind::Io,
                                 config_name + ":" + std::to_string(log->origin.line) + ":" +
                                     std::to_string(log->origin.column) +
                                     ": error: " + fd.error().context,
                                 base::Side::Operator);
      }
      out->files_[path] = std::move(fd).value();
    }
  }
  return out;
}

base::Status LogFiles::reopen() {
  std::string errors;
  for (auto& [path, fd] : files_) {
    auto fresh = openLog(path);
    if (fresh.ok()) {
      fd = std::move(fresh).value();
    } else {
      errors += (errors.empty() ? "" : "; ") + fresh.error().context;
    }
  }
  if (errors.empty()) return {};
  return base::Error::make(base::ErrorKind::Io, errors);
}

void LogFiles::send(ipc::Channel& channel) const {
  ipc::LogsPayload payload;
  std::vector<int> fds;
  const auto flush = [&] {
    channel.send(ipc::MessageType::Logs, ipc::toJson(payload), fds);
    payload.paths.clear();
    fds.clear();
  };
  for (const auto& [path, fd] : files_) {
    payload.paths.push_back(path);
    fds.push_back(fd.get());
    if (fds.size() == ipc::kMaxFdsPerMessage) flush();
  }
  flush();
}

base::Status publishPlan(ipc::Channel& channel, const Plan& plan, uint32_t slot,
                         const stats::Slab& slab) {
  auto config = ipc::sealedMemfd("convoy-config", plan.canonical_json);
  if (!config.ok()) return config.error();
  ipc::ConfigPayload payload = plan.identity;
  payload.generation = plan.number;
  payload.slot = slot;
  payload.concurrency = plan.concurrency;
  payload.layout_hash = plan.directory->layoutHash();
  payload.cell_count = plan.directory->cellCount();
  channel.send(ipc::MessageType::Config, ipc::toJson(payload), {config->get(), slab.fd()});
  sendListeners(channel, *plan.listeners, slot, plan.concurrency);
  plan.logs->send(channel);
  return {};
}

}  // namespace convoy::master
