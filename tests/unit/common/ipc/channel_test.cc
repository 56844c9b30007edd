#include "common/ipc/channel.h"

#include <functional>
#include <sys/socket.h>

#include <gtest/gtest.h>

namespace convoy::ipc {
namespace {

struct Recorder : ChannelCallbacks {
  void onMessage(Message message) override {
    messages.push_back(std::move(message));
    if (changed) changed();
  }
  void onChannelClosed(const std::string& why) override {
    closed = true;
    reason = why;
    if (changed) changed();
  }
  std::vector<Message> messages;
  bool closed = false;
  std::string reason;
  std::function<void()> changed;
};

class ChannelTest : public ::testing::Test {
 protected:
  ChannelTest() {
    int fds[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
    left_ = std::make_unique<Channel>(loop_, base::UniqueFd(fds[0]), near_);
    peer_.reset(fds[1]);
  }
  void openRight() { right_ = std::make_unique<Channel>(loop_, std::move(peer_), far_); }
  // Turns the loop until `done`, at most 5 s.
  void runUntil(Recorder& recorder, std::function<bool()> done) {
    recorder.changed = [this, done] {
      if (done()) loop_.stop();
    };
    auto limit = loop_.createTimer([this] { loop_.stop(); });
    limit->start(5000);
    if (!done()) loop_.run();
    recorder.changed = nullptr;
    EXPECT_TRUE(done());
  }

  net::EventLoop loop_;
  Recorder near_, far_;
  std::unique_ptr<Channel> left_, right_;
  base::UniqueFd peer_;
};

TEST_F(ChannelTest, LastWordsCanBeReadWithoutTheLoop) {
  openRight();
  for (int i = 0; i < 100; ++i) left_->send(MessageType::Ping, std::to_string(i));
  left_.reset();
  right_->receiveRest();
  EXPECT_EQ(far_.messages.size(), 100u);
  EXPECT_FALSE(far_.closed);
}

TEST_F(ChannelTest, MessagesArriveInOrder) {
  openRight();
  for (int i = 0; i < 100; ++i) left_->send(MessageType::Ping, std::to_string(i));
  runUntil(far_, [this] { return far_.messages.size() == 100; });
  for (size_t i = 0; i < 100; ++i) {
    EXPECT_EQ(far_.messages[i].payload, std::to_string(i));
    EXPECT_EQ(far_.messages[i].seq, i + 1);
  }
}

TEST_F(ChannelTest, DescriptorsArriveAndTheSenderKeepsItsOwn) {
  openRight();
  base::Result<base::UniqueFd> file = sealedMemfd("test", "content");
  ASSERT_TRUE(file.ok());
  left_->send(MessageType::Config, "{}", {file->get(), file->get()});
  runUntil(far_, [this] { return far_.messages.size() == 1; });
  ASSERT_EQ(far_.messages[0].fds.size(), 2u);
  EXPECT_EQ(readAll(far_.messages[0].fds[1].get()).value(), "content");
  EXPECT_EQ(readAll(file->get()).value(), "content");
}

TEST_F(ChannelTest, ABigPayloadTravelsUnseenBesideOtherDescriptors) {
  openRight();
  const std::string big(3 * 1024 * 1024, 'x');
  base::Result<base::UniqueFd> file = sealedMemfd("test", "content");
  left_->send(MessageType::Endpoints, big, {file->get()});
  runUntil(far_, [this] { return far_.messages.size() == 1; });
  EXPECT_EQ(far_.messages[0].payload, big);
  ASSERT_EQ(far_.messages[0].fds.size(), 1u);
  EXPECT_EQ(readAll(far_.messages[0].fds[0].get()).value(), "content");
}

TEST_F(ChannelTest, AFullSocketQueuesAndThenDeliversAll) {
  const std::string payload(20000, 'q');
  for (int i = 0; i < 500; ++i) left_->send(MessageType::Ping, payload + std::to_string(i));
  EXPECT_FALSE(left_->flush(0));
  openRight();
  runUntil(far_, [this] { return far_.messages.size() == 500; });
  EXPECT_EQ(far_.messages[499].payload, payload + "499");
  EXPECT_TRUE(left_->flush(0));
}

TEST_F(ChannelTest, LastWordsAreReadBeforeTheEnd) {
  openRight();
  right_->send(MessageType::Fatal, "goodbye");
  right_.reset();
  runUntil(near_, [this] { return near_.closed; });
  ASSERT_EQ(near_.messages.size(), 1u);
  EXPECT_EQ(near_.messages[0].payload, "goodbye");
  EXPECT_EQ(near_.reason, "end of file");
  EXPECT_FALSE(left_->open());
}

TEST_F(ChannelTest, SendingToADeadPeerReportsTheEndOnce) {
  peer_.reset();
  for (int i = 0; i < 10; ++i) left_->send(MessageType::Ping, "");
  runUntil(near_, [this] { return near_.closed; });
  EXPECT_EQ(left_->send(MessageType::Ping, ""), 11u);
}

struct BadFrame {
  std::string bytes;
  std::string reason;
};
class GarbageTest : public ChannelTest, public ::testing::WithParamInterface<BadFrame> {};

TEST_P(GarbageTest, ClosesTheChannelAndSaysWhy) {
  ASSERT_GT(::send(peer_.get(), GetParam().bytes.data(), GetParam().bytes.size(), 0), 0);
  runUntil(near_, [this] { return near_.closed; });
  EXPECT_NE(near_.reason.find(GetParam().reason), std::string::npos) << near_.reason;
  EXPECT_TRUE(near_.messages.empty());
}

using std::string_literals::operator""s;
INSTANTIATE_TEST_SUITE_P(
    Frames, GarbageTest,
    ::testing::Values(BadFrame{"x", "shorter"},
                      BadFrame{"\x02\0\x0a\0\1\0\0\0\0\0\0\0"s, "protocol version 2"},
                      BadFrame{"\x01\0\xff\0\1\0\0\0\0\0\0\0"s, "unknown message type 255"},
                      BadFrame{"\x01\0\x0a\0\1\0\0\0\x05\0\0\0ab"s, "length does not match"},
                      BadFrame{"\x01\0\x0a\0\1\0\0\0\xff\xff\xff\xff"s, "descriptor missing"},
                      BadFrame{std::string(40000, 'z'), "too long"}));

TEST(SealedMemfd, CannotBeChanged) {
  base::Result<base::UniqueFd> fd = sealedMemfd("test", "abc");
  ASSERT_TRUE(fd.ok());
  EXPECT_LT(::write(fd->get(), "x", 1), 0);
  EXPECT_NE(::ftruncate(fd->get(), 0), 0);
}

TEST(ReadAll, RefusesWhatIsNotAFile) {
  int fds[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  base::UniqueFd a(fds[0]), b(fds[1]);
  EXPECT_FALSE(readAll(a.get()).ok());
}

}  // namespace
}  // namespace convoy::ipc
