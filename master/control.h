// control: the unix socket by which `convoy reload`, `drain`, `workers` and `upgrade` speak to the
// master, and the client's side of it. SOCK_SEQPACKET, one JSON message each way:
//
//   {"command":"reload","wait":true}  -->
//   {"command":"workers","argument":"4","wait":true}  -->
//                                     <--  {"ok":true,"text":""}
//
// Served to the master's own user and root only (SO_PEERCRED). Abstract names need no directory, so
// they work in a read-only root and for any user; they belong to a network namespace, so the client
// also checks that the master lives in his process namespace.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/base/unique_fd.h"
#include "common/ipc/channel.h"
#include "common/net/event_loop.h"
#include "master/inheritance.h"

namespace convoy::master {

struct ControlRequest {
  std::string command;   // status, reload, drain, workers, upgrade
  std::string argument;  // workers: the number; upgrade: the path of the program
  bool wait = false;
};
struct ControlReply {
  bool ok = false;
  std::string text;
};

// Where the master listens: `explicit_path`, or $RUNTIME_DIRECTORY/control.sock, or an abstract
// name made of the configuration's absolute path; and always an abstract name made of its pid.
std::vector<std::string> controlAddresses(const std::string& explicit_path,
                                          const std::string& runtime_directory,
                                          const std::string& config_path, uint32_t pid);
std::string controlAddressOfPid(uint32_t pid);
// The pids of the masters in a text of /proc/net/unix: of those that share our network.
std::set<uint32_t> mastersIn(const std::string& table);

class ControlServer {
 public:
  using Reply = std::function<void(const ControlReply&)>;
  // Calls `reply` once, now or later.
  using OnCommand = std::function<void(const ControlRequest& request, Reply reply)>;
  ControlServer(net::EventLoop& loop, OnCommand on_command);
  ~ControlServer();
  // An address that is taken is the operator's error; a name that only serves comfort is not.
  base::Status listen(const std::string& address);

  // For a program that takes our place: where we listen, and who waits for the answer to `command`.
  Json::Value save(const std::string& command, Bequest& bequest) const;
  // There: listens on; the callback answers all who wait.
  Reply restore(const std::string& command, const Json::Value& saved);

 private:
  struct Client;
  struct Listening {
    std::string address;
    base::UniqueFd fd;
    std::unique_ptr<net::FdWatcher> watcher;
    ~Listening();
  };
  void watch(std::unique_ptr<Listening> listening);
  std::shared_ptr<Client> addClient(base::UniqueFd fd);
  void answer(const std::weak_ptr<Client>& client, const ControlReply& reply);
  void onAccept(int fd);
  void serve(Client& client);
  void remove(Client* client);

  net::EventLoop& loop_;
  OnCommand on_command_;
  std::vector<std::unique_ptr<Listening>> listening_;
  std::vector<std::shared_ptr<Client>> clients_;
};

// Blocking; tries the addresses in turn. An error if nobody answers at any of them.
base::Result<ControlReply> askMaster(const std::vector<std::string>& addresses,
                                     const ControlRequest& request);

}  // namespace convoy::master
