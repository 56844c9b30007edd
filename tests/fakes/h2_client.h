// h2_client: an HTTP/2 client made of nghttp2 for tests of our server side: requests, data, resets,
// raw frames, and what came back per stream. Octets go through strings; it has no socket.
#pragma once

#include <cstdint>
#include <map>
#include <nghttp2/nghttp2.h>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace convoy::fakes {

class H2Client {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;
  struct Answer {
    std::vector<Fields> heads;  // 1xx, the final one, trailers
    std::string body;
    bool closed = false;
    uint32_t code = 0;
    std::string field(size_t head, std::string_view name) const;
    std::string status() const { return heads.empty() ? "" : field(heads.size() - 1, ":status"); }
  };

  explicit H2Client(uint32_t stream_window = 65535);
  ~H2Client();
  H2Client(const H2Client&) = delete;
  H2Client& operator=(const H2Client&) = delete;

  static Fields get(std::string_view path = "/");
  // Without `end` the body is open: more() and finish() send it.
  int32_t request(const Fields& fields, bool end = true);
  void more(int32_t id, std::string_view data, bool end);
  void trailers(int32_t id, const Fields& fields);
  void reset(int32_t id);
  void ping();
  void giveBack(int32_t id, size_t octets);  // what hold_windows kept
  // What is to be sent now, and what was received.
  std::string output();
  bool input(std::string_view bytes);
  // The server has said that it takes upgrades by CONNECT (RFC 8441).
  bool extendedConnect() const {
    return nghttp2_session_get_remote_settings(session_,
                                               NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL) == 1;
  }

  std::map<int32_t, Answer> answers;
  std::vector<int32_t> goaway_last;
  uint32_t goaway_code = 0;
  int pongs = 0;
  bool hold_windows = false;  // gives no octets back

 private:
  struct Callbacks;
  struct Body {
    std::string data;
    bool end = false;
    Fields trailers;
  };
  nghttp2_session* session_ = nullptr;
  std::map<int32_t, Body> bodies_;
};

// A frame as it is on the wire.
std::string h2Frame(uint8_t type, uint8_t flags, uint32_t stream, std::string_view payload);

}  // namespace convoy::fakes
