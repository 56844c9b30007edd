#include "master/admin/access_log.h"

#include <cstdio>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "tests/fakes/admin_world.h"

namespace convoy::master {
namespace {

config::AccessLog textLog(const std::string& format) {
  config::AccessLog log;
  log.text = config::parseFormat(format).value();
  return log;
}

class AdminLog : public ::testing::Test {
 protected:
  AdminLog() {
    request.method = http::Method::Get;
    request.method_name = "GET";
    request.authority = "localhost:9901";
    request.headers.add("user-agent", "curl/8 \"x\"\n");
    entry.request = &request;
    entry.target = "/stats?filter=a";
    entry.status = 200;
    entry.bytes_sent = 12;
    entry.start_wall_us = 1700000000123456;
    entry.duration_us = 2500;
    entry.peer = &peer;
    entry.local = &peer;
  }
  net::Address peer = net::Address::fromIp("127.0.0.1", 5555).value();
  http::RequestHead request;
  AdminLogEntry entry;
};

TEST_F(AdminLog, DefaultLineIsEnvoys) {
  EXPECT_EQ(adminLogLine(textLog(config::kDefaultAccessLogFormat), entry),
            "[2023-11-14T22:13:20.123Z] \"GET /stats?filter=a HTTP/1.1\" 200 - 0 12 2 - \"-\" "
            "\"curl/8 \\x22x\\x22\\x0A\" \"-\" \"localhost:9901\" \"-\"\n");
}

TEST_F(AdminLog, OtherFormatsAreHonoured) {
  EXPECT_EQ(adminLogLine(textLog("%START_TIME(%Y %s %6f)% %DOWNSTREAM_REMOTE_ADDRESS% "
                                 "%DOWNSTREAM_LOCAL_PORT% %REQ(X?:METHOD)% %REQ(:PATH):4%\n"),
                         entry),
            "2023 1700000000 123456 127.0.0.1:5555 5555 GET /sta\n");
}

TEST(AdminLogFile, EveryRequestWritesOneLine) {
  const std::string path = "/tmp/convoy_admin_log." + std::to_string(::getpid());
  config::AccessLog log = textLog("%REQ(:METHOD)% %REQ(:PATH)% %RESPONSE_CODE%\n");
  log.path = path;
  {
    fakes::AdminWorld world({"service"}, "", {log});
    world.get("/ready");
    world.get("//nothing?a");
    world.raw("BROKEN\r\n\r\n");
  }
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  ::unlink(path.c_str());
  EXPECT_TRUE(text.str().starts_with("GET /ready 200\nGET //nothing?a 404\n")) << text.str();
  EXPECT_TRUE(text.str().ends_with(" 400\n")) << text.str();
}

TEST_F(AdminLog, ANamedPipeNeverStopsTheMaster) {
  const std::string path = "/tmp/convoy_admin_pipe." + std::to_string(::getpid());
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  config::AccessLog log = textLog("%REQ(USER-AGENT)%\n");
  log.path = path;
  AdminAccessLog pipe;
  pipe.open({log});
  EXPECT_TRUE(pipe.empty());  // nobody reads it: said in the application log
  const base::UniqueFd reader(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  pipe.open({log});
  EXPECT_FALSE(pipe.empty());
  for (int i = 0; i < 10000; ++i) pipe.write(entry);  // more than a pipe holds
  ::unlink(path.c_str());
}

}  // namespace
}  // namespace convoy::master
