// h2_server: an HTTP/2 server made of nghttp2 for tests of our client side: what each stream asked
// for, and answers to it. Octets go through strings; it has no socket.
#pragma once

#include <cstdint>
#include <map>
#include <nghttp2/nghttp2.h>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace convoy::fakes {

class H2Server {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;
  struct Request {
    Fields head;
    std::string body;
    bool ended = false;
    std::string field(std::string_view name) const;
  };

  H2Server();
  ~H2Server();
  H2Server(const H2Server&) = delete;
  H2Server& operator=(const H2Server&) = delete;

  // Its first frame. `upgrades`: it takes them by CONNECT (RFC 8441).
  void sendSettings(bool upgrades);
  // The body stays open: more() sends it.
  void respond(int32_t id, const Fields& fields);
  void more(int32_t id, std::string_view data, bool end);
  // What is to be sent now, and what was received.
  std::string output();
  bool input(std::string_view bytes);

  std::map<int32_t, Request> requests;

 private:
  struct Callbacks;
  struct Body {
    std::string data;
    bool end = false;
  };
  nghttp2_session* session_ = nullptr;
  std::map<int32_t, Body> bodies_;
};

}  // namespace convoy::fakes
