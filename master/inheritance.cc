#include "master/inheritance.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/base/text.h"
#include "common/ipc/channel.h"

extern char** environ;

namespace convoy::master {
namespace {

constexpr const char* kVariable = "CONVOY_INHERITANCE";
constexpr const char* kFailureVariable = "CONVOY_INHERITANCE_FAILURE";
constexpr std::array kFatal = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGALRM};
constexpr unsigned kTakeOverSeconds = 10;
// What waits for us meanwhile is not lost: it is delivered to whoever comes out of the exec.
constexpr std::array kHeldBack = {SIGHUP,  SIGTERM, SIGQUIT, SIGINT,  SIGUSR1,
                                  SIGUSR2, SIGCHLD, SIGTTIN, SIGTTOU, SIGPIPE};

void closeOnExec(const std::vector<int>& fds, bool on) {
  for (int fd : fds) ::fcntl(fd, F_SETFD, on ? FD_CLOEXEC : 0);
}

sigset_t heldBack() {
  sigset_t out;
  ::sigemptyset(&out);
  for (int signal : kHeldBack) ::sigaddset(&out, signal);
  return out;
}

// For the fatal-signal handler: made beforehand, since it may not allocate.
struct WayBack {
  int image = -1;
  std::vector<std::string> words;
  std::vector<char*> argv;
  std::vector<std::string> variables;
  std::vector<char*> environment;
  char failure[512] = {};
};
WayBack* way_back = nullptr;

void execWayBack() {
  ::alarm(0);  // it would go on in the old program
  ::syscall(SYS_execveat, way_back->image, "", way_back->argv.data(), way_back->environment.data(),
            AT_EMPTY_PATH);
}

// Loggers may be gone by then.
void onExit() {
  if (way_back == nullptr) return;
  std::snprintf(way_back->failure, sizeof(way_back->failure),
                "%s=the new program ended while it took over", kFailureVariable);
  execWayBack();
}

void onFatalSignal(int signal) {
  if (way_back != nullptr) {
    sigset_t mine;
    ::sigemptyset(&mine);
    ::sigaddset(&mine, signal);
    ::sigprocmask(SIG_UNBLOCK, &mine, nullptr);
    execWayBack();
  }
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

void armWayBack(int image, const std::vector<std::string>& argv) {
  static WayBack way;
  way.image = image;
  way.words = argv;
  way.argv = pointers(way.words);
  for (char** variable = environ; *variable != nullptr; ++variable) {
    way.variables.emplace_back(*variable);
  }
  way.environment = pointers(way.variables);
  way.environment.back() = way.failure;
  way.environment.push_back(nullptr);
  std::snprintf(way.failure, sizeof(way.failure), "%s=the new program crashed while it took over",
                kFailureVariable);
  way_back = &way;
  struct sigaction action {};
  action.sa_handler = onFatalSignal;
  for (int signal : kFatal) ::sigaction(signal, &action, nullptr);
  std::atexit(onExit);
  ::alarm(kTakeOverSeconds);
}

std::string takeVariable(const char* name) {
  const char* value = std::getenv(name);
  std::string out = value == nullptr ? "" : value;
  ::unsetenv(name);
  return out;
}

}  // namespace

base::Error execInto(const std::string& program, const std::vector<std::string>& argv,
                     const Json::Value& state, const Bequest& bequest, int old_image,
                     const std::string& failure) {
  Json::Value whole(Json::objectValue);
  whole["state"] = state;
  whole["old_image"] = old_image;
  Json::Value& list = whole["fds"] = Json::Value(Json::arrayValue);
  for (int fd : bequest.fds()) list.append(fd);
  auto memfd = ipc::sealedMemfd("convoy-inheritance", base::writeJson(whole));
  if (!memfd.ok()) return memfd.error();
  std::vector<int> fds = bequest.fds();
  fds.push_back(memfd->get());
  fds.push_back(old_image);
  ::setenv(kVariable, std::to_string(memfd->get()).c_str(), 1);
  if (!failure.empty()) ::setenv(kFailureVariable, failure.c_str(), 1);
  std::vector<std::string> words = argv;
  const std::vector<char*> pointers_to_words = pointers(words);
  const sigset_t held = heldBack();
  sigset_t before;
  ::sigprocmask(SIG_BLOCK, &held, &before);
  closeOnExec(fds, false);
  ::execve(program.c_str(), pointers_to_words.data(), environ);
  const int error = errno;
  closeOnExec(fds, true);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  ::unsetenv(kVariable);
  ::unsetenv(kFailureVariable);
  return base::Error::fromErrno(error, "cannot execute " + program);
}

void holdSignals() {
  const sigset_t held = heldBack();
  ::sigprocmask(SIG_BLOCK, &held, nullptr);
}

void releaseSignals() {
  const sigset_t held = heldBack();
  ::sigprocmask(SIG_UNBLOCK, &held, nullptr);
}

std::optional<Inheritance> takeInheritance(const std::vector<std::string>& argv) {
  const auto number =
      base::parseUint(std::getenv(kVariable) == nullptr ? "" : std::getenv(kVariable));
  const std::string failure = takeVariable(kFailureVariable);
  if (!number || *number > 1000000) return std::nullopt;
  const int memfd = static_cast<int>(*number);
  auto text = ipc::readAll(memfd);
  auto whole = text.ok() ? base::parseJson(*text) : base::Result<Json::Value>(text.error());
  if (!whole.ok() || !whole->isObject() || !(*whole)["fds"].isArray() ||
      !(*whole)["old_image"].isInt()) {
    base::logger("main").error(
        "the inheritance of the program before does not parse: starting anew");
    takeVariable(kVariable);
    // Its workers notice that their master is gone, serve on for a while and make room.
    ::close_range(3, ~0U, 0);
    releaseSignals();
    return std::nullopt;
  }
  Inheritance out;
  out.failure = failure;
  const int old_image = (*whole)["old_image"].asInt();
  // The old program has nothing to fall back to: it is what one falls back to.
  if (failure.empty()) armWayBack(old_image, argv);
  for (const Json::Value& fd : (*whole)["fds"]) {
    if (fd.isInt()) out.fds.push_back(fd.asInt());
  }
  out.fds.push_back(memfd);
  out.fds.push_back(old_image);
  out.old_image = old_image;
  out.state = (*whole)["state"];
  takeVariable(kVariable);
  return out;
}

void fallBack(const std::string& why) {
  if (way_back == nullptr) return;
  base::logger("main").error("the new program cannot take over: {}: back to the old one", why);
  std::snprintf(way_back->failure, sizeof(way_back->failure), "%s=%s", kFailureVariable,
                why.c_str());
  execWayBack();
  base::logger("main").critical("the old program cannot be executed again: {}",
                                std::strerror(errno));
}

base::UniqueFd settle(const Inheritance& inheritance) {
  way_back = nullptr;
  ::alarm(0);
  for (int signal : kFatal) ::signal(signal, SIG_DFL);
  // Above the numbers that a worker's control socket may want.
  base::UniqueFd old_image(::fcntl(inheritance.old_image, F_DUPFD_CLOEXEC, 10));
  for (int fd : inheritance.fds) ::close(fd);
  releaseSignals();
  return old_image;
}

base::UniqueFd takeFd(const Json::Value& number) {
  if (!number.isInt() || number.asInt() < 0) return {};
  return base::UniqueFd(::fcntl(number.asInt(), F_DUPFD_CLOEXEC, 10));
}

base::UniqueFd takeFd(const Json::Value& object, const char* key) {
  return object.isObject() ? takeFd(object[key]) : base::UniqueFd();
}

}  // namespace convoy::master
