#include "tests/fakes/h2_server.h"

#include <algorithm>

namespace convoy::fakes {

struct H2Server::Callbacks {
  static H2Server& self(void* user) { return *static_cast<H2Server*>(user); }
  static std::string text(const uint8_t* octets, size_t size) {
    return {reinterpret_cast<const char*>(octets), size};
  }
  static int onHeader(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name, size_t n,
                      const uint8_t* value, size_t v, uint8_t, void* user) {
    self(user).requests[frame->hd.stream_id].head.emplace_back(text(name, n), text(value, v));
    return 0;
  }
  static int onData(nghttp2_session*, uint8_t, int32_t id, const uint8_t* data, size_t n,
                    void* user) {
    self(user).requests[id].body.append(text(data, n));
    return 0;
  }
  static int onFrame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    const bool message = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (message && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
      self(user).requests[frame->hd.stream_id].ended = true;
    }
    return 0;
  }
  static ssize_t read(nghttp2_session*, int32_t id, uint8_t* out, size_t size, uint32_t* flags,
                      nghttp2_data_source*, void* user) {
    Body& body = self(user).bodies_[id];
    const size_t n = std::min(size, body.data.size());
    if (n == 0 && !body.end) return NGHTTP2_ERR_DEFERRED;
    std::copy_n(body.data.data(), n, out);
    body.data.erase(0, n);
    if (body.data.empty() && body.end) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(n);
  }
};

std::string H2Server::Request::field(std::string_view name) const {
  for (const auto& [own, value] : head) {
    if (own == name) return value;
  }
  return "";
}

H2Server::H2Server() {
  nghttp2_session_callbacks* c = nullptr;
  nghttp2_session_callbacks_new(&c);
  nghttp2_session_callbacks_set_on_header_callback(c, Callbacks::onHeader);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(c, Callbacks::onData);
  nghttp2_session_callbacks_set_on_frame_recv_callback(c, Callbacks::onFrame);
  nghttp2_session_server_new(&session_, c, this);
  nghttp2_session_callbacks_del(c);
}

H2Server::~H2Server() {
  nghttp2_session_del(session_);
}

void H2Server::sendSettings(bool upgrades) {
  const nghttp2_settings_entry entry{NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, &entry, upgrades ? 1 : 0);
}

void H2Server::respond(int32_t id, const Fields& fields) {
  std::vector<nghttp2_nv> nva;
  for (const auto& [name, value] : fields) {
    nva.push_back({reinterpret_cast<uint8_t*>(const_cast<char*>(name.data())),
                   reinterpret_cast<uint8_t*>(const_cast<char*>(value.data())), name.size(),
                   value.size(), NGHTTP2_NV_FLAG_NONE});
  }
  nghttp2_data_provider body{};
  body.read_callback = Callbacks::read;
  nghttp2_submit_response(session_, id, nva.data(), nva.size(), &body);
}

void H2Server::more(int32_t id, std::string_view data, bool end) {
  bodies_[id].data.append(data);
  bodies_[id].end |= end;
  nghttp2_session_resume_data(session_, id);
}

std::string H2Server::output() {
  std::string out;
  const uint8_t* data = nullptr;
  ssize_t n = 0;
  while ((n = nghttp2_session_mem_send(session_, &data)) > 0) {
    out.append(reinterpret_cast<const char*>(data), static_cast<size_t>(n));
  }
  return out;
}

bool H2Server::input(std::string_view bytes) {
  return nghttp2_session_mem_recv(session_, reinterpret_cast<const uint8_t*>(bytes.data()),
                                  bytes.size()) >= 0;
}

}  // namespace convoy::fakes
