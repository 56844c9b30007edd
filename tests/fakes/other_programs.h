// other_programs: Debian's nginx, redis and prometheus, started by a test on free ports and ready
// when the constructor returns. missing() says why a test has to be skipped.
#pragma once

#include <memory>
#include <string>

#include "tests/fakes/child.h"

namespace convoy::fakes {

// "" or "PROGRAM is not installed; run: make deps".
std::string missing(const std::string& program);

class Nginx {
 public:
  // `location` is the inside of "location / { ... }". Port 0: a free one.
  explicit Nginx(const std::string& location, uint16_t port = 0);
  uint16_t port() const { return port_; }
  bool ready() const { return ready_; }

 private:
  TempDir dir_;
  uint16_t port_;
  std::unique_ptr<Child> child_;
  bool ready_ = false;
};

class Redis {
 public:
  Redis();
  uint16_t port() const { return port_; }
  bool ready() const { return ready_; }

 private:
  TempDir dir_;
  uint16_t port_;
  std::unique_ptr<Child> child_;
  bool ready_ = false;
};

// Scrapes 127.0.0.1:target_port/stats/prometheus each second.
class Prometheus {
 public:
  explicit Prometheus(uint16_t target_port);
  uint16_t port() const { return port_; }
  bool ready() const { return ready_; }
  // The JSON of its HTTP API.
  std::string api(const std::string& path) const;
  std::string log() const { return child_->err(); }

 private:
  TempDir dir_;
  uint16_t port_;
  std::unique_ptr<Child> child_;
  bool ready_ = false;
};

}  // namespace convoy::fakes
