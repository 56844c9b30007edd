#include "common/http/chunk_decoder.h"

#include <algorithm>

namespace convoy::http {

namespace {

int hexOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

void ChunkDecoder::reset() {
  state_ = State::Size;
  left_ = 0;
  extensions_ = 0;
  saw_cr_ = false;
  line_.clear();
  trailers_.clear();
  detail_ = {};
}

ChunkDecoder::Status ChunkDecoder::fail(std::string_view detail) {
  state_ = State::Failed;
  detail_ = detail;
  return Status::Error;
}

// One line without its CRLF, from `in` alone if it is whole there, else gathered in line_.
bool ChunkDecoder::takeLine(std::string_view& in, std::string_view& line) {
  const size_t lf = in.find('\n');
  if (lf == std::string_view::npos) {
    line_.append(in);
    in = {};
    return false;
  }
  if (line_.empty()) {
    line = in.substr(0, lf);
  } else {
    line_.append(in.substr(0, lf));
    line = line_;
  }
  in.remove_prefix(lf + 1);
  return true;
}

bool ChunkDecoder::parseSize(std::string_view line) {
  if (line.empty() || line.back() != '\r') {
    fail("chunk_line_bare_lf");
    return false;
  }
  line.remove_suffix(1);
  size_t digits = 0;
  uint64_t size = 0;
  while (digits < line.size() && hexOf(line[digits]) >= 0) {
    if (digits == 16) {
      fail("chunk_size_too_long");
      return false;
    }
    size = size * 16 + static_cast<uint64_t>(hexOf(line[digits]));
    ++digits;
  }
  if (digits == 0 || size > (uint64_t{1} << 62)) {
    fail("chunk_size_invalid");
    return false;
  }
  std::string_view rest = line.substr(digits);
  extensions_ += rest.size();
  if (!rest.empty()) {
    // BWS is legal before ';' only (RFC 9112 section 7.1.1).
    const size_t semicolon = rest.find_first_not_of(" \t");
    if (semicolon == std::string_view::npos || rest[semicolon] != ';') {
      fail("chunk_size_invalid");
      return false;
    }
    for (const char c : rest) {
      const auto byte = static_cast<unsigned char>(c);
      if ((byte < 0x20 && byte != '\t') || byte == 0x7f) {
        fail("chunk_extension_invalid");
        return false;
      }
    }
    if (rest.size() > 256 || extensions_ > kMaxExtensions) {
      fail("chunk_extensions_too_long");
      return false;
    }
  }
  left_ = size;
  return true;
}

ChunkDecoder::Status ChunkDecoder::next(std::string_view& in, std::string_view& data) {
  while (!in.empty()) {
    switch (state_) {
      case State::Size: {
        std::string_view line;
        if (!takeLine(in, line)) {
          // A size line may not grow without end, nor hide a CR that is not its end.
          if (line_.size() > kMaxLine) return fail("chunk_line_too_long");
          return Status::NeedMore;
        }
        if (line.size() > kMaxLine) return fail("chunk_line_too_long");
        if (!parseSize(line)) return Status::Error;
        line_.clear();
        state_ = left_ == 0 ? State::Trailers : State::Data;
        break;
      }
      case State::Data: {
        const auto n = static_cast<size_t>(std::min<uint64_t>(left_, in.size()));
        data = in.substr(0, n);
        in.remove_prefix(n);
        left_ -= n;
        if (left_ == 0) {
          state_ = State::DataEnd;
          saw_cr_ = false;
        }
        return Status::Data;
      }
      case State::DataEnd: {
        const char c = in.front();
        in.remove_prefix(1);
        if (!saw_cr_ && c == '\r') {
          saw_cr_ = true;
          break;
        }
        if (saw_cr_ && c == '\n') {
          state_ = State::Size;
          break;
        }
        return fail("chunk_data_without_crlf");
      }
      case State::Trailers: {
        std::string_view line;
        if (!takeLine(in, line)) {
          if (line_.size() + trailers_.size() > kMaxTrailers) return fail("trailers_too_long");
          return Status::NeedMore;
        }
        if (line.empty() || line.back() != '\r') return fail("trailer_bare_lf");
        if (line.find('\r') != line.size() - 1) return fail("trailer_bare_cr");
        if (trailers_.size() + line.size() > kMaxTrailers) return fail("trailers_too_long");
        trailers_.append(line);
        trailers_.push_back('\n');
        const bool last = line.size() == 1;
        line_.clear();
        if (!last) break;
        state_ = State::Done;
        return Status::Done;
      }
      case State::Done:
        return Status::Done;
      case State::Failed:
        return Status::Error;
    }
  }
  return state_ == State::Done ? Status::Done : Status::NeedMore;
}

}  // namespace convoy::http
