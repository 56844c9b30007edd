// server_state: what the whole server is doing, as admin.v3.ServerInfo.State has it; the numbers
// are those of the gauge server.state. Said by the Master, shown by the admin interface and `convoy
// status`.
#pragma once

#include <cstdint>

namespace convoy::master {

enum class ServerState : uint8_t { Live = 0, Draining = 1, PreInitializing = 2, Initializing = 3 };

constexpr const char* stateName(ServerState state) {
  switch (state) {
    case ServerState::Live:
      return "LIVE";
    case ServerState::Draining:
      return "DRAINING";
    case ServerState::PreInitializing:
      return "PRE_INITIALIZING";
    case ServerState::Initializing:
      break;
  }
  return "INITIALIZING";
}

}  // namespace convoy::master
