// The composition root: one image, two processes. The master starts its workers as
// "convoy: worker N" --worker, with the control socket as descriptor 3.
#include <string>
#include <sys/socket.h>
#include <vector>

#include "common/ipc/messages.h"
#include "master/check.h"
#include "master/commands.h"
#include "master/route_tester.h"
#include "master/spawn.h"
#include "worker/worker.h"

namespace {

// The flag alone is not enough: somebody may type it.
bool isWorker(const std::vector<std::string>& args) {
  int type = 0;
  socklen_t length = sizeof(type);
  return args.size() == 1 && args[0] == convoy::master::kWorkerFlag &&
         ::getsockopt(convoy::ipc::kControlFd, SOL_SOCKET, SO_TYPE, &type, &length) == 0 &&
         type == SOCK_SEQPACKET;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + (argc > 0 ? 1 : 0), argv + argc);
  if (isWorker(args)) return convoy::worker::workerMain(convoy::ipc::kControlFd);
  if (args.size() == 1 && args[0] == convoy::master::kCheckFlag) return convoy::master::runCheck();
  if (args.size() == 1 && args[0] == convoy::master::kExplainFlag) {
    return convoy::worker::explainMain();
  }
  return convoy::master::runCommandLine(std::vector<std::string>(argv, argv + argc));
}
