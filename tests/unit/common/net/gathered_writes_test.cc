#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/common/net/loop_fixture.h"
#include "tests/unit/common/net/system_calls.h"

namespace convoy::net {
namespace {

// Many clients ask, and what each asks is written to connections that gather: an HTTP/2 connection
// with many streams.
class GatheredWritesTest : public LoopTest {
 protected:
  struct End {
    std::unique_ptr<Connection> conn;
    base::UniqueFd peer;
    Recorder told;
  };
  End& add(std::vector<std::unique_ptr<End>>& to) {
    FdPair pair = tcpPair();
    to.push_back(std::make_unique<End>());
    End& end = *to.back();
    end.peer = std::move(pair.second);
    end.conn = std::make_unique<Connection>(loop_, std::move(pair.first), end.told);
    EXPECT_TRUE(end.conn->start(false));
    return end;
  }
  End& gathering() {
    End& end = add(gathering_);
    end.conn->gatherWrites();
    return end;
  }
  // So many clients, each of whose bytes leads to `then`.
  void clients(size_t count, const std::function<void()>& then) {
    for (size_t i = 0; i < count; ++i) add(clients_).told.then_read = then;
    runTurns(2);
  }
  // All ask at once, so that the loop finds all of them ready; waits for all answers.
  SystemCalls ask() {
    size_t reads = 0;
    for (auto& client : clients_) {
      reads += static_cast<size_t>(client->told.reads) + 1;
      EXPECT_TRUE(sendAll(client->peer.get(), "?"));
    }
    const SystemCalls before = SystemCalls::now();
    EXPECT_TRUE(runUntil([&] {
      size_t now = 0;
      for (auto& client : clients_) now += static_cast<size_t>(client->told.reads);
      return now == reads;
    }));
    return SystemCalls::now().since(before);
  }

  std::vector<std::unique_ptr<End>> gathering_, clients_;
};

TEST_F(GatheredWritesTest, WhatManyEventsWriteIsOneSend) {
  End& out = gathering();
  clients(20, [&] { out.conn->write("head ", "body;"); });
  EXPECT_EQ(ask().sends, 1u);
  EXPECT_EQ(readAll(out.peer.get()).size(), 200u);
  EXPECT_EQ(out.conn->pendingBytes(), 0u);
}

TEST_F(GatheredWritesTest, EachOfSeveralSendsOnceAndInOrder) {
  End& one = gathering();
  End& two = gathering();
  int n = 0;
  clients(10, [&] {
    one.conn->write(std::to_string(n));
    two.conn->write(std::to_string(9 - n++));
  });
  EXPECT_EQ(ask().sends, 2u);
  EXPECT_EQ(readAll(one.peer.get()), "0123456789");
  EXPECT_EQ(readAll(two.peer.get()), "9876543210");
}

TEST_F(GatheredWritesTest, OthersStillSendAtTheEndOfTheirEvent) {
  End& out = gathering();
  clients(8, [&] { out.conn->write("x"); });
  for (auto& client : clients_) {
    Connection& own = *client->conn;
    client->told.then_read = [&] {
      out.conn->write("x");
      own.write("y");
    };
  }
  EXPECT_EQ(ask().sends, 8u + 1u);
  EXPECT_EQ(readAll(out.peer.get()), "xxxxxxxx");
}

TEST_F(GatheredWritesTest, AFullCorkGoesOutWithWhatDidNotFit) {
  End& out = gathering();
  const std::string part(4000, 'p');
  clients(10, [&] { out.conn->write(part); });
  EXPECT_EQ(ask().sends, 2u);
  EXPECT_EQ(readAll(out.peer.get()).size(), 40000u);
}

TEST_F(GatheredWritesTest, ALargePieceTakesAlongWhatWaits) {
  End& out = gathering();
  const std::string large(30000, 'l');
  clients(2, [&] {
    out.conn->write("small");
    out.conn->write(large);
  });
  EXPECT_EQ(ask().sends, 2u);
  EXPECT_EQ(readAll(out.peer.get()), "small" + large + "small" + large);
}

TEST_F(GatheredWritesTest, ThereMayBeMoreOfThemThanCorks) {
  std::vector<End*> all;
  for (int i = 0; i < 100; ++i) all.push_back(&gathering());
  clients(3, [&] {
    for (End* end : all) end->conn->write("abc");
  });
  ask();
  for (End* end : all) EXPECT_EQ(readAll(end->peer.get()), "abcabcabc");
}

TEST_F(GatheredWritesTest, OneMayCloseOrGoWithBytesInItsCork) {
  End& closes = gathering();
  End& goes = gathering();
  End& stays = gathering();
  for (auto& end : gathering_) end->conn->write("bytes");
  closes.conn->close(Connection::Close::Now);
  goes.conn.reset();
  stays.conn->write(" and more");
  runTurns();
  EXPECT_EQ(readAll(closes.peer.get()), "bytes");
  EXPECT_EQ(readAll(goes.peer.get()), "");
  EXPECT_EQ(readAll(stays.peer.get()), "bytes and more");
}

TEST_F(GatheredWritesTest, ASlowPeerIsToldAtTheEndOfTheBatch) {
  End& out = gathering();
  out.conn->setWatermark(100000);
  const std::string part(8000, 'p');
  clients(40, [&] { out.conn->write(part); });
  for (int i = 0; i < 200 && out.told.above == 0; ++i) ask();
  EXPECT_EQ(out.told.above, 1);
  std::string got;
  EXPECT_TRUE(runUntil([&] {
    got += readAll(out.peer.get());
    return out.told.below == 1 && out.conn->pendingBytes() == 0;
  }));
}

}  // namespace
}  // namespace convoy::net
