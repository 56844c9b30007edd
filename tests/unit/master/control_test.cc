#include "master/control.h"

#include <future>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "tests/unit/master/fake_processes.h"

namespace convoy::master {
namespace {

std::string uniqueAddress(const char* what) {
  return std::string("@convoy-test-") + what + "-" + std::to_string(::getpid());
}

// The client blocks, so it asks from a thread while the loop turns here.
base::Result<ControlReply> ask(net::EventLoop& loop, const std::string& address, bool wait) {
  auto answer = std::async(std::launch::async, [=] {
    return askMaster({address}, {"reload", "", wait});
  });
  turnUntil(loop,
            [&] { return answer.wait_for(std::chrono::seconds(0)) == std::future_status::ready; });
  return answer.get();
}

TEST(Control, AReloadsTruthReachesTheCaller) {
  net::EventLoop loop;
  bool waited = false;
  ControlServer server(loop, [&](const ControlRequest& request, ControlServer::Reply reply) {
    EXPECT_EQ(request.command, "reload");
    waited = request.wait;
    loop.post([reply] { reply({false, "envoy.yaml:3:1: error"}); });
  });
  ASSERT_TRUE(server.listen(uniqueAddress("a")).ok());
  auto reply = ask(loop, uniqueAddress("a"), true);
  ASSERT_TRUE(reply.ok()) << reply.error().context;
  EXPECT_TRUE(waited);
  EXPECT_FALSE(reply->ok);
  EXPECT_EQ(reply->text, "envoy.yaml:3:1: error");
}

TEST(Control, ASocketFileIsPrivateAndGoesWithTheServer) {
  const std::string path = "/tmp/convoy-control-" + std::to_string(::getpid());
  net::EventLoop loop;
  struct stat info {};
  {
    ControlServer server(loop, [](const ControlRequest&, ControlServer::Reply reply) {
      reply({true, ""});
    });
    ASSERT_TRUE(server.listen(path).ok());
    ASSERT_EQ(::stat(path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u);
    auto reply = ask(loop, path, false);
    ASSERT_TRUE(reply.ok());
    EXPECT_TRUE(reply->ok);
  }
  EXPECT_NE(::stat(path.c_str(), &info), 0);
}

TEST(Control, AServedAddressIsNotTakenTwice) {
  net::EventLoop loop;
  ControlServer first(loop, nullptr), second(loop, nullptr);
  ASSERT_TRUE(first.listen(uniqueAddress("b")).ok());
  EXPECT_FALSE(second.listen(uniqueAddress("b")).ok());
}

TEST(Control, WithoutAMasterTheClientSaysWhatToDo) {
  auto reply = askMaster({uniqueAddress("none")}, {"reload", "", true});
  ASSERT_FALSE(reply.ok());
  EXPECT_NE(reply.error().context.find("--pid"), std::string::npos);
}

TEST(Control, NonsenseIsDropped) {
  net::EventLoop loop;
  int asked = 0;
  ControlServer server(loop, [&](const ControlRequest&, ControlServer::Reply) { ++asked; });
  const std::string address = uniqueAddress("c");
  ASSERT_TRUE(server.listen(address).ok());
  base::UniqueFd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  auto name = net::Address::fromUnixPath(address);
  ASSERT_EQ(::connect(fd.get(), name->sockaddrPtr(), name->sockaddrLength()), 0);
  ASSERT_GT(::send(fd.get(), "{{{{", 4, 0), 0);
  char byte;
  ASSERT_TRUE(turnUntil(loop, [&] { return ::recv(fd.get(), &byte, 1, MSG_DONTWAIT) == 0; }));
  EXPECT_EQ(asked, 0);
}

TEST(Control, MastersAreFoundInTheKernelsTable) {
  EXPECT_EQ(mastersIn(""), std::set<uint32_t>{});
  EXPECT_EQ(mastersIn("Num       RefCount Protocol Flags    Type St Inode Path\n"
                      "0: 00000002 00000000 00010000 0005 01 120 @convoy/pid-77\n"
                      "0: 00000003 00000000 00000000 0005 03 121 @convoy/pid-77\n"
                      "0: 00000002 00000000 00010000 0005 01 122 @convoy/config-0700c2dfd8252c87\n"
                      "0: 00000002 00000000 00010000 0005 01 123 @convoy/pid-\n"
                      "0: 00000002 00000000 00010000 0005 01 124 @convoy/pid-99999999999999999999\n"
                      "0: 00000002 00000000 00010000 0005 01 125 @convoy/pid-5"),
            (std::set<uint32_t>{5, 77}));
}

TEST(ControlAddresses, AreChosenFromWhatIsKnown) {
  using Strings = std::vector<std::string>;
  EXPECT_EQ(controlAddresses("/x", "/run/convoy", "/c", 0), Strings{"/x"});
  EXPECT_EQ(controlAddresses("", "/run/convoy:/run/b", "/c", 0),
            Strings{"/run/convoy/control.sock"});
  EXPECT_EQ(controlAddresses("", "", "/a/../c", 7), controlAddresses("", "", "/c", 7));
  EXPECT_NE(controlAddresses("", "", "/b", 0), controlAddresses("", "", "/c", 0));
  EXPECT_EQ(controlAddresses("", "", "", 7), Strings{"@convoy/pid-7"});
}

}  // namespace
}  // namespace convoy::master
