// worker: one worker process. Entered by master/main.cc when the master has fork+exec'ed its own
// image with fd 3 as the control socket. Serves until told to drain or the master is gone.
#pragma once

#include <cstdint>

namespace convoy::worker {

// What a worker says of itself in its slab header.
//
//   Init --Config..Endpoints applied--> Ready --StartAccept--> Accepting --Drain--> Draining -->
//   exit 0
//     \--bad config--> Fatal, exit 70      control socket EOF: Orphan = Accepting, drains after 30
//     s
enum class State : uint32_t { Init = 0, Ready = 1, Accepting = 2, Draining = 3, Orphan = 4 };

// Exit codes: 0 drained or told to exit, 3 drain deadline hit, 70 bad configuration, 71 internal.
int workerMain(int control_fd);

// Not a worker at all, but this program's knowledge of routes: answers one question (explain.h).
int explainMain();

}  // namespace convoy::worker
