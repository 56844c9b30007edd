#include "tests/fakes/h2_client.h"

#include <algorithm>

namespace convoy::fakes {

namespace {

std::vector<nghttp2_nv> toNv(const H2Client::Fields& fields) {
  std::vector<nghttp2_nv> nva;
  for (const auto& [name, value] : fields) {
    nva.push_back({reinterpret_cast<uint8_t*>(const_cast<char*>(name.data())),
                   reinterpret_cast<uint8_t*>(const_cast<char*>(value.data())), name.size(),
                   value.size(), NGHTTP2_NV_FLAG_NONE});
  }
  return nva;
}

}  // namespace

struct H2Client::Callbacks {
  static H2Client& self(void* user) { return *static_cast<H2Client*>(user); }
  static int onBegin(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    self(user).answers[frame->hd.stream_id].heads.emplace_back();
    return 0;
  }
  static int onHeader(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name, size_t n,
                      const uint8_t* value, size_t v, uint8_t, void* user) {
    self(user).answers[frame->hd.stream_id].heads.back().emplace_back(
        std::string(reinterpret_cast<const char*>(name), n),
        std::string(reinterpret_cast<const char*>(value), v));
    return 0;
  }
  static int onData(nghttp2_session* session, uint8_t, int32_t id, const uint8_t* data, size_t n,
                    void* user) {
    self(user).answers[id].body.append(reinterpret_cast<const char*>(data), n);
    if (!self(user).hold_windows) nghttp2_session_consume(session, id, n);
    return 0;
  }
  static int onClose(nghttp2_session*, int32_t id, uint32_t code, void* user) {
    self(user).answers[id].closed = true;
    self(user).answers[id].code = code;
    return 0;
  }
  static int onFrame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    if (frame->hd.type == NGHTTP2_GOAWAY) {
      self(user).goaway_last.push_back(frame->goaway.last_stream_id);
      self(user).goaway_code = frame->goaway.error_code;
    }
    if (frame->hd.type == NGHTTP2_PING && (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0) {
      ++self(user).pongs;
    }
    return 0;
  }
  static ssize_t read(nghttp2_session* session, int32_t id, uint8_t* out, size_t size,
                      uint32_t* flags, nghttp2_data_source*, void* user) {
    Body& body = self(user).bodies_[id];
    const size_t n = std::min(size, body.data.size());
    if (n == 0 && !body.end) return NGHTTP2_ERR_DEFERRED;
    std::copy_n(body.data.data(), n, out);
    body.data.erase(0, n);
    if (!body.data.empty() || !body.end) return static_cast<ssize_t>(n);
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (!body.trailers.empty()) {
      *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
      const auto nva = toNv(body.trailers);
      nghttp2_submit_trailer(session, id, nva.data(), nva.size());
    }
    return static_cast<ssize_t>(n);
  }
};

std::string H2Client::Answer::field(size_t head, std::string_view name) const {
  if (head >= heads.size()) return "";
  for (const auto& [own, value] : heads[head]) {
    if (own == name) return value;
  }
  return "";
}

H2Client::H2Client(uint32_t stream_window) {
  nghttp2_session_callbacks* c = nullptr;
  nghttp2_session_callbacks_new(&c);
  nghttp2_session_callbacks_set_on_begin_headers_callback(c, Callbacks::onBegin);
  nghttp2_session_callbacks_set_on_header_callback(c, Callbacks::onHeader);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(c, Callbacks::onData);
  nghttp2_session_callbacks_set_on_stream_close_callback(c, Callbacks::onClose);
  nghttp2_session_callbacks_set_on_frame_recv_callback(c, Callbacks::onFrame);
  nghttp2_option* option = nullptr;
  nghttp2_option_new(&option);
  nghttp2_option_set_no_auto_window_update(option, 1);
  // Sends what a client should not: the server is to see it.
  nghttp2_option_set_no_http_messaging(option, 1);
  nghttp2_session_client_new2(&session_, c, this, option);
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(c);
  const nghttp2_settings_entry window{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, stream_window};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, &window, 1);
}

H2Client::~H2Client() {
  nghttp2_session_del(session_);
}

H2Client::Fields H2Client::get(std::string_view path) {
  return {{":method", "GET"},
          {":scheme", "http"},
          {":authority", "example.com"},
          {":path", std::string(path)}};
}

int32_t H2Client::request(const Fields& fields, bool end) {
  const auto nva = toNv(fields);
  nghttp2_data_provider body{};
  body.read_callback = Callbacks::read;
  return nghttp2_submit_request(session_, nullptr, nva.data(), nva.size(), end ? nullptr : &body,
                                nullptr);
}

void H2Client::more(int32_t id, std::string_view data, bool end) {
  bodies_[id].data.append(data);
  bodies_[id].end |= end;
  nghttp2_session_resume_data(session_, id);
}

void H2Client::trailers(int32_t id, const Fields& fields) {
  bodies_[id].trailers = fields;
  more(id, "", true);
}

void H2Client::reset(int32_t id) {
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
}

void H2Client::ping() {
  nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr);
}

void H2Client::giveBack(int32_t id, size_t octets) {
  nghttp2_session_consume(session_, id, octets);
}

std::string H2Client::output() {
  std::string out;
  const uint8_t* data = nullptr;
  ssize_t n = 0;
  while ((n = nghttp2_session_mem_send(session_, &data)) > 0) {
    out.append(reinterpret_cast<const char*>(data), static_cast<size_t>(n));
  }
  return out;
}

bool H2Client::input(std::string_view bytes) {
  return nghttp2_session_mem_recv(session_, reinterpret_cast<const uint8_t*>(bytes.data()),
                                  bytes.size()) >= 0;
}

std::string h2Frame(uint8_t type, uint8_t flags, uint32_t stream, std::string_view payload) {
  std::string out;
  const auto octet = [&out](size_t value) { out.push_back(static_cast<char>(value & 255)); };
  octet(payload.size() >> 16);
  octet(payload.size() >> 8);
  octet(payload.size());
  octet(type);
  octet(flags);
  for (const int shift : {24, 16, 8, 0}) octet(stream >> shift);
  out.append(payload);
  return out;
}

}  // namespace convoy::fakes
