#include "worker/access_log/sink.h"

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <memory>
#include <string>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <gtest/gtest.h>

#include "common/base/unique_fd.h"

namespace convoy::worker {
namespace {

using base::UniqueFd;

struct Pipe {
  UniqueFd read, write;
  Pipe() {
    int fds[2];
    EXPECT_EQ(::pipe2(fds, O_CLOEXEC), 0);
    read = UniqueFd(fds[0]);
    write = UniqueFd(fds[1]);
    ::fcntl(read.get(), F_SETFL, O_NONBLOCK);
  }
};

std::string drain(int fd) {
  std::string all;
  char buffer[65536];
  for (ssize_t n; (n = ::read(fd, buffer, sizeof(buffer))) > 0;)
    all.append(buffer, static_cast<size_t>(n));
  return all;
}

class SinkTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::signal(SIGPIPE, SIG_IGN);
    char name[] = "/tmp/convoy_sink_XXXXXX";
    file_ = UniqueFd(::mkostemp(name, O_APPEND | O_CLOEXEC));
    path_ = name;
  }
  void TearDown() override { ::unlink(path_.c_str()); }
  UniqueFd openFile() const {
    return UniqueFd(::open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  }
  std::string fileText() const {
    const UniqueFd fd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    return drain(fd.get());
  }
  UniqueFd file_;
  std::string path_;
};

TEST_F(SinkTest, LinesWaitForAFlushAndArriveInOrder) {
  LogSink sink(openFile());
  sink.write("one\n");
  sink.write("two\n");
  EXPECT_EQ(fileText(), "");
  sink.flush();
  EXPECT_EQ(fileText(), "one\ntwo\n");
  EXPECT_EQ(sink.linesWritten(), 2u);
  EXPECT_TRUE(sink.empty());
}

TEST_F(SinkTest, AFullBufferIsWrittenWithoutAFlush) {
  LogSink sink(openFile());
  const std::string line(1023, 'x');
  for (int i = 0; i < 64; ++i) sink.write(line + "\n");
  EXPECT_EQ(fileText().size(), LogSink::kFlushBytes);
}

TEST_F(SinkTest, TheDestructorFlushes) {
  { LogSink(openFile()).write("last words\n"); }
  EXPECT_EQ(fileText(), "last words\n");
}

TEST_F(SinkTest, ReopenFlushesToTheOldFileAndGoesOnInTheNew) {
  LogSink sink(openFile());
  sink.write("old\n");
  Pipe pipe;
  sink.reopen(std::move(pipe.write));
  sink.write("new\n");
  sink.flush();
  EXPECT_EQ(fileText(), "old\n");
  EXPECT_EQ(drain(pipe.read.get()), "new\n");
}

TEST_F(SinkTest, APipeThatNobodyReadsNeverBlocksAndWholeLinesAreDropped) {
  Pipe pipe;
  LogSink sink(std::move(pipe.write));
  const size_t lines = 4096;
  for (size_t i = 0; i < lines; ++i) {
    std::string line = std::to_string(i) + " " + std::string(1000, 'x') + "\n";
    sink.write(line);
  }
  EXPECT_GT(sink.linesDropped(), 0u);
  EXPECT_EQ(sink.linesDropped() + sink.linesWritten(), lines);

  std::string read;
  while (!sink.empty()) {
    read += drain(pipe.read.get());
    sink.flush();
  }
  read += drain(pipe.read.get());
  size_t count = 0;
  for (size_t at = 0; at < read.size(); ++count) {
    EXPECT_EQ(read.compare(at, std::to_string(count).size(), std::to_string(count)), 0);
    at = read.find('\n', at) + 1;
  }
  EXPECT_EQ(count, sink.linesWritten());
}

TEST_F(SinkTest, TheFlagsOfASharedPipeAreLeftAlone) {
  Pipe pipe;
  const UniqueFd shared(::fcntl(pipe.write.get(), F_DUPFD_CLOEXEC, 0));
  LogSink sink(std::move(pipe.write));
  sink.write("x\n");
  sink.flush();
  EXPECT_EQ(::fcntl(shared.get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(SinkTest, AReaderThatWentAwayCostsTheLinesAndNothingElse) {
  Pipe pipe;
  LogSink sink(std::move(pipe.write));
  pipe.read.reset();
  sink.write("a\n");
  sink.write("b\n");
  sink.flush();
  EXPECT_EQ(sink.linesDropped(), 2u);
  EXPECT_EQ(sink.linesWritten(), 0u);
  EXPECT_TRUE(sink.empty());
}

TEST_F(SinkTest, AFullDiskKeepsLinesUntilItIsFullItself) {
  LogSink sink(UniqueFd(::open("/dev/full", O_WRONLY | O_CLOEXEC)));
  const std::string line(1023, 'x');
  for (int i = 0; i < 1025; ++i) sink.write(line + "\n");
  EXPECT_EQ(sink.linesDropped(), 1u);
  sink.reopen(openFile());
  sink.flush();
  EXPECT_EQ(fileText().size(), LogSink::kMaxQueued);
}

TEST_F(SinkTest, TheRestOfACutLineDoesNotReachTheNextFile) {
  Pipe pipe;
  LogSink sink(std::move(pipe.write));
  sink.write(std::string(100000, 'x') + "\n");  // more than a pipe holds
  sink.write("whole\n");
  sink.reopen(openFile());
  sink.flush();
  EXPECT_EQ(fileText(), "whole\n");
  EXPECT_EQ(sink.linesDropped(), 1u);
}

// While it lives no descriptor can be opened, as for a pipe of another user.
class NoNewDescriptors {
 public:
  NoNewDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const UniqueFd lowest_free(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const rlimit none{static_cast<rlim_t>(lowest_free.get()), before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  }
  ~NoNewDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(SinkTest, APipeThatCannotBeOpenedAnewDoesNotBlockEither) {
  Pipe pipe;
  auto sink = [&] {
    const NoNewDescriptors limit;
    return std::make_unique<LogSink>(std::move(pipe.write));
  }();
  const std::string line = std::string(6000, 'x') + "\n";  // longer than PIPE_BUF
  for (int i = 0; i < 400; ++i) sink->write(line);
  EXPECT_GT(sink->linesDropped(), 0u);

  std::string read;
  while (!sink->empty()) {
    read += drain(pipe.read.get());
    sink->flush();
  }
  read += drain(pipe.read.get());
  EXPECT_EQ(read.size(), sink->linesWritten() * line.size());
}

TEST_F(SinkTest, SocketsNeverBlockEither) {
  int fds[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
  const UniqueFd peer(fds[0]);
  LogSink sink{UniqueFd(fds[1])};
  for (int i = 0; i < 4096; ++i) sink.write(std::string(1023, 'x') + "\n");
  EXPECT_GT(sink.linesDropped(), 0u);
  EXPECT_EQ(::fcntl(fds[1], F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(SinkTest, LinesOfTwoWorkersOnOnePipeDoNotMix) {
  Pipe pipe;
  LogSink a{UniqueFd(::fcntl(pipe.write.get(), F_DUPFD_CLOEXEC, 0))};
  LogSink b{std::move(pipe.write)};
  for (int i = 0; i < 20; ++i) {
    a.write(std::string(700, 'a') + "\n");
    b.write(std::string(700, 'b') + "\n");
  }
  a.flush();
  b.flush();
  const std::string text = drain(pipe.read.get());
  EXPECT_EQ(text.size(), 40u * 701);
  EXPECT_EQ(text.find("ab"), std::string::npos);
  EXPECT_EQ(text.find("ba"), std::string::npos);
}

TEST_F(SinkTest, WithoutADescriptorEveryLineIsDropped) {
  LogSink sink{UniqueFd()};
  sink.write("x\n");
  EXPECT_EQ(sink.linesDropped(), 1u);
}

}  // namespace
}  // namespace convoy::worker
