#include "worker/control.h"

#include <cstdlib>
#include <unistd.h>

#include "common/base/base64.h"
#include "common/base/json.h"
#include "common/base/log.h"
#include "common/ipc/health.h"

namespace convoy::worker {

namespace {
constexpr int kExitBadConfig = 70;

// {"component": "" for all, "level": "debug"}; a component that this process has no logger for is
// fine.
bool setLevel(const std::string& payload) {
  auto json = base::parseJson(payload);
  if (!json.ok() || !json->isObject() || !(*json)["level"].isString()) return false;
  auto level = base::parseLogLevel((*json)["level"].asString());
  if (!level.ok()) return false;
  const std::string component = (*json).get("component", "").asString();
  if (component.empty()) {
    base::setLogLevel(*level);
  } else {
    base::logger(component);
    static_cast<void>(base::setLogLevel(component, *level));
  }
  return true;
}
}  // namespace

Control::Control(net::EventLoop& loop, base::UniqueFd fd, ControlCallbacks& callbacks)
    : callbacks_(callbacks), channel_(loop, std::move(fd), *this) {}

void Control::hello(const std::string& build) {
  ipc::HelloPayload hello;
  hello.build = build;
  hello.pid = static_cast<uint32_t>(::getpid());
  send(ipc::MessageType::Hello, ipc::toJson(hello));
}

void Control::send(ipc::MessageType type, const std::string& payload) {
  if (channel_.open()) channel_.send(type, payload);
}

void Control::fatal(int exit_code, const std::string& text) {
  base::logger("main").critical("{}", text);
  send(ipc::MessageType::Fatal, text);
  channel_.flush(1000);
  std::_Exit(exit_code);
}

std::string Control::apply(ipc::Message& message) {
  static const std::string kMalformed = "the master sent a payload that does not parse";
  switch (message.type) {
    case ipc::MessageType::Config: {
      ipc::ConfigPayload payload;
      if (!fromJson(message.payload, &payload) || message.fds.size() != 2) return kMalformed;
      auto text = ipc::readAll(message.fds[0].get());
      if (!text.ok()) return text.error().context;
      return callbacks_.onConfig(payload, std::move(*text), std::move(message.fds[1]));
    }
    case ipc::MessageType::Listeners: {
      ipc::ListenersPayload payload;
      if (!fromJson(message.payload, &payload)) return kMalformed;
      return callbacks_.onListeners(payload, std::move(message.fds));
    }
    case ipc::MessageType::Logs: {
      ipc::LogsPayload payload;
      if (!fromJson(message.payload, &payload)) return kMalformed;
      return callbacks_.onLogs(payload, std::move(message.fds));
    }
    case ipc::MessageType::Endpoints: {
      ipc::EndpointsPayload payload;
      if (!fromJson(message.payload, &payload)) return kMalformed;
      return callbacks_.onEndpoints(payload);
    }
    case ipc::MessageType::Adopt: {
      ipc::AdoptPayload payload;
      if (!fromJson(message.payload, &payload)) return kMalformed;
      return callbacks_.onAdopt(payload, std::move(message.fds));
    }
    case ipc::MessageType::Release: {
      ipc::ReleasePayload payload;
      if (!fromJson(message.payload, &payload)) return kMalformed;
      callbacks_.onRelease(payload);
      return "";
    }
    case ipc::MessageType::Sentinel:
      if (message.fds.size() != 2) return kMalformed;
      return callbacks_.onSentinel(std::move(message.fds[0]), std::move(message.fds[1]));
    case ipc::MessageType::Limits: {
      ipc::LimitsPayload payload;
      if (!fromJson(message.payload, &payload) || message.fds.size() != 1) return kMalformed;
      return callbacks_.onLimits(payload, std::move(message.fds[0]));
    }
    case ipc::MessageType::Inherit:
      if (message.fds.size() != 1) return kMalformed;
      return callbacks_.onInherit(std::move(message.fds[0]));
    case ipc::MessageType::Successor: {
      ipc::SuccessorPayload payload;
      if (!fromJson(message.payload, &payload) || message.fds.size() != 1) return kMalformed;
      return callbacks_.onSuccessor(payload, std::move(message.fds[0]));
    }
    case ipc::MessageType::Drain: {
      ipc::DrainPayload payload;
      if (!fromJson(message.payload, &payload)) return kMalformed;
      callbacks_.onDrain(payload);
      return "";
    }
    case ipc::MessageType::StartAccept:
      callbacks_.onStartAccept();
      return "";
    case ipc::MessageType::StopAccept: {
      ipc::StopAcceptPayload payload;
      if (!fromJson(message.payload, &payload)) return kMalformed;
      callbacks_.onStopAccept(payload);
      return "";
    }
    case ipc::MessageType::Exit:
      callbacks_.onExit();
      return "";
    case ipc::MessageType::TicketKeys: {
      const auto payload = base::parseJson(message.payload);
      std::string keys;
      const bool parses = payload.ok() && (*payload)["keys"].isString() &&
                          base::decodeBase64((*payload)["keys"].asString(), keys);
      return parses ? callbacks_.onTicketKeys(keys) : kMalformed;
    }
    case ipc::MessageType::Secrets: {
      if (message.fds.size() != 1) return kMalformed;
      auto text = ipc::readAll(message.fds[0].get());
      if (!text.ok()) return text.error().context;
      return callbacks_.onSecrets(std::move(*text));
    }
    case ipc::MessageType::Health: {
      bool failed = false;
      const bool parses = ipc::fromHealthMessage(message.payload, &failed);
      return parses ? callbacks_.onHealth(failed) : kMalformed;
    }
    case ipc::MessageType::HostStats: {
      ipc::HostStatsPayload payload;
      if (!fromJson(message.payload, &payload)) return kMalformed;
      send(ipc::MessageType::HostStatsTold, toJson(callbacks_.onHostStats(payload)));
      return "";
    }
    case ipc::MessageType::LogLevel:
      return setLevel(message.payload) ? "" : kMalformed;
    case ipc::MessageType::Ping:
      send(ipc::MessageType::Pong);
      return "";
    default:
      return "the master sent an unknown message";
  }
}

void Control::onMessage(ipc::Message message) {
  const std::string error = apply(message);
  if (!error.empty()) fatal(kExitBadConfig, error);
}

void Control::onChannelClosed(const std::string&) {
  callbacks_.onMasterGone();
}

}  // namespace convoy::worker
