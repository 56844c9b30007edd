// h2_socket: an H2Client on a socket of its own, for tests that talk to the real program.
#pragma once

#include <string>

#include "tests/fakes/h2_client.h"
#include "tests/fakes/raw_client.h"
#include "tests/fakes/wait.h"

namespace convoy::fakes {

struct H2Socket {
  explicit H2Socket(uint16_t port) : socket(port, Millis(5000)) {}
  // Until `done`; false at the end of the connection or of the time.
  template <typename Done>
  bool run(Done done) {
    const Deadline deadline(Millis(10000));
    for (;;) {
      const std::string out = client.output();
      if (!out.empty() && !socket.send(out)) return done();
      if (done()) return true;
      if (deadline.leftMs() == 0) return false;
      const std::string in = socket.readSome();
      if (in.empty() || !client.input(in)) return done();
    }
  }
  bool answered(int32_t id) {
    return run([&] { return client.answers[id].closed; });
  }
  RawClient socket;
  H2Client client;
};

}  // namespace convoy::fakes
