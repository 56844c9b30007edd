#include "tests/fakes/child.h"

#include <algorithm>
#include <arpa/inet.h>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <netinet/in.h>
#include <sstream>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace convoy::fakes {
namespace fs = std::filesystem;

TempDir::TempDir() {
  char name[] = "/tmp/convoy-test-XXXXXX";
  path_ = mkdtemp(name);
}

TempDir::~TempDir() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string TempDir::write(const std::string& name, const std::string& text) const {
  const std::string file = path(name);
  std::ofstream(file, std::ios::trunc) << text;
  return file;
}

std::string readFile(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::string> readLines(const std::string& path) {
  std::vector<std::string> lines;
  const std::string text = readFile(path);
  for (size_t at = 0, end; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
    lines.push_back(text.substr(at, end - at));
  }
  return lines;
}

std::string findProgram(const std::string& program) {
  const char* path = getenv("PATH");
  std::istringstream folders(std::string(path ? path : "") + ":/usr/sbin:/sbin:/usr/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::string file = folder + "/" + program;
    if (!folder.empty() && access(file.c_str(), X_OK) == 0) return file;
  }
  return "";
}

uint16_t freePort() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  bind(fd, reinterpret_cast<sockaddr*>(&address), size);
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  close(fd);
  return ntohs(address.sin_port);
}

namespace {

// In the child, between fork and exec.
void passListenFds(const std::vector<int>& fds) {
  std::vector<int> high;
  for (int fd : fds) high.push_back(fcntl(fd, F_DUPFD_CLOEXEC, 500));
  for (size_t i = 0; i < high.size(); ++i) dup2(high[i], static_cast<int>(i) + 3);
  if (fds.empty()) return;
  setenv("LISTEN_FDS", std::to_string(fds.size()).c_str(), 1);
  setenv("LISTEN_PID", std::to_string(getpid()).c_str(), 1);
}

}  // namespace

Child::Child(std::vector<std::string> argv, const Environment& environment,
             const std::vector<int>& listen_fds) {
  std::vector<char*> args;
  for (std::string& arg : argv) args.push_back(arg.data());
  args.push_back(nullptr);
  const std::string out = dir_.path("out"), err = dir_.path("err");
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(126);
  for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
  dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
  dup2(open(out.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600), 1);
  dup2(open(err.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600), 2);
  passListenFds(listen_fds);
  execv(args[0], args.data());
  _exit(127);
}

namespace {

// What a sanitizer said of a program becomes the test's own words, which scripts/run_tests.sh takes
// for a failure: a worker that dies of it may be replaced before a test notices.
void passOnReports(const std::string& said) {
  constexpr size_t kMost = 8000;
  for (const char* sign : {"runtime error: ", "ERROR: AddressSanitizer", "ERROR: LeakSanitizer"}) {
    const size_t at = said.find(sign);
    if (at == std::string::npos) continue;
    const size_t line = said.rfind('\n', at) + 1;  // npos + 1 is 0
    fprintf(stderr, "a program of this test:\n%s\n", said.substr(line, kMost).c_str());
    return;
  }
}

}  // namespace

Child::~Child() {
  if (running()) {
    kill(pid_, SIGKILL);
    wait(Millis(5000));
  }
  passOnReports(err());
}

void Child::signal(int number) const {
  if (pid_ > 0 && !status_) kill(pid_, number);
}

std::optional<int> Child::wait(Millis limit) {
  if (status_ || pid_ <= 0) return status_;
  eventually(
      [&] {
        int raw = 0;
        if (waitpid(pid_, &raw, WNOHANG) != pid_) return false;
        status_ = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
        return true;
      },
      limit);
  return status_;
}

Ended Child::run(std::vector<std::string> argv, Millis limit, const Environment& environment) {
  Child child(std::move(argv), environment);
  const std::optional<int> status = child.wait(limit);
  return {status.value_or(-1), child.out(), child.err()};
}

std::vector<pid_t> childrenOf(pid_t parent) {
  std::vector<pid_t> children;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::string stat = readFile(entry.path() / "stat");
    const size_t end = stat.rfind(')');  // the program's name may hold anything
    if (end == std::string::npos) continue;
    char state = 0;
    pid_t ppid = 0;
    std::istringstream(stat.substr(end + 1)) >> state >> ppid;
    if (ppid == parent && state != 'Z') children.push_back(std::stoi(name));
  }
  std::sort(children.begin(), children.end());
  return children;
}

size_t residentBytes(pid_t pid) {
  for (const std::string& line : readLines("/proc/" + std::to_string(pid) + "/status")) {
    if (line.rfind("VmRSS:", 0) == 0) return std::stoul(line.substr(6)) * 1024;
  }
  return 0;
}

size_t openDescriptors(pid_t pid) {
  std::error_code error;
  const fs::directory_iterator folder("/proc/" + std::to_string(pid) + "/fd", error);
  return error ? 0 : static_cast<size_t>(std::distance(begin(folder), end(folder)));
}

}  // namespace convoy::fakes
