#include "master/admin/gzip.h"

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <zlib.h>

#include "common/base/check.h"
#include "common/base/text.h"

namespace convoy::master {

namespace {

constexpr size_t kWorthBytes = 1024;
constexpr size_t kTurnBytes = 256 * 1024;  // of what goes in: workers wait for the master too
constexpr int kLevel = 1;                  // the next ones cost twice as much for a tenth
constexpr int kGzipWindow = 15 + 16;
constexpr int kMemoryLevel = 8;

class Deflater {
 public:
  Deflater() {
    const int made =
        ::deflateInit2(&stream_, kLevel, Z_DEFLATED, kGzipWindow, kMemoryLevel, Z_DEFAULT_STRATEGY);
    CHECK(made == Z_OK);  // it fails only without memory
  }
  ~Deflater() { ::deflateEnd(&stream_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  void write(std::string_view in, bool last, std::string& out) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream_.avail_in = static_cast<uInt>(in.size());
    do {
      char piece[16 * 1024];
      stream_.next_out = reinterpret_cast<Bytef*>(piece);
      stream_.avail_out = sizeof(piece);
      ::deflate(&stream_, last ? Z_FINISH : Z_NO_FLUSH);
      out.append(piece, sizeof(piece) - stream_.avail_out);
    } while (stream_.avail_out == 0);
  }

 private:
  z_stream stream_{};
};

struct Source {
  std::string body;
  size_t taken = 0;
  std::function<bool(std::string&)> more;
  std::string piece;
  Deflater deflater;

  // False: that was the last.
  bool next(std::string& out) {
    if (taken < body.size()) {
      const std::string_view in = std::string_view(body).substr(taken, kTurnBytes);
      taken += in.size();
      const bool last = taken == body.size() && !more;
      deflater.write(in, last, out);
      return !last;
    }
    piece.clear();
    bool rest = true;
    while (rest && piece.size() < kTurnBytes) rest = more && more(piece);
    deflater.write(piece, !rest, out);
    return rest;
  }
};

// "gzip;q=0.5" -> whether q is above zero.
bool isWanted(std::string_view coding) {
  const size_t q = coding.find("q=");
  return q == std::string_view::npos || std::atof(std::string(coding.substr(q + 2)).c_str()) > 0;
}

}  // namespace

bool acceptsGzip(std::string_view accept_encoding) {
  bool any = false;
  for (std::string_view coding : base::split(accept_encoding, ',')) {
    coding = base::trimOws(coding);
    const std::string_view name = base::trimOws(coding.substr(0, coding.find(';')));
    if (base::equalsIgnoreCase(name, "gzip")) return isWanted(coding);
    if (name == "*") any = isWanted(coding);
  }
  return any;
}

bool worthGzip(const AdminResponse& response) {
  return response.more != nullptr || response.body.size() >= kWorthBytes;
}

AdminResponse gzipped(AdminResponse response) {
  auto source = std::make_shared<Source>();
  source->body = std::move(response.body);
  source->more = std::move(response.more);
  response.body.clear();
  response.gzip = true;
  response.more = [source](std::string& out) { return source->next(out); };
  return response;
}

}  // namespace convoy::master
