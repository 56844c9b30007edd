#include "common/http/h1_writer.h"

#include <algorithm>

#include "common/base/text.h"

namespace convoy::http {

namespace {

void appendNumber(uint64_t value, std::string& out) {
  char digits[20];
  out.append(digits, static_cast<size_t>(base::formatUint(digits, value) - digits));
}

void appendFields(const HeaderMap& headers, std::string& out) {
  for (const HeaderEntry& entry : headers) {
    out.append(entry.name);
    out.append(": ");
    out.append(entry.value);
    out.append("\r\n");
  }
}

bool isLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Envoy's proper_case_words: a capital at the beginning and after all that is no letter, but for
// '#' and the apostrophe.
void capitalize(char* at, size_t size) {
  bool capital = true;
  for (char* const end = at + size; at != end; ++at) {
    if (capital && *at >= 'a' && *at <= 'z') *at = static_cast<char>(*at - 'a' + 'A');
    capital = !isLetter(*at) && *at != '#' && *at != '\'';
  }
}

// What becomes of the names of the field lines that `out` has from `first` on.
void spellNames(std::string& out, size_t first, bool proper_case, const Spelling& spelling) {
  while (first < out.size() && out[first] != '\r') {
    const size_t size = out.find(':', first) - first;
    if (spelling.known()) {
      const std::string_view sent = spelling.of(std::string_view(out).substr(first, size));
      std::copy(sent.begin(), sent.end(), out.begin() + static_cast<ptrdiff_t>(first));
    } else if (proper_case) {
      capitalize(&out[first], size);
    }
    first = out.find("\r\n", first + size) + 2;
  }
}

void appendFraming(BodyKind body, uint64_t length, std::string& out) {
  if (body == BodyKind::Length) {
    out.append("content-length: ");
    appendNumber(length, out);
    out.append("\r\n");
  } else if (body == BodyKind::Chunked) {
    out.append("transfer-encoding: chunked\r\n");
  }
}

bool forbidsBody(int status) {
  return status < 200 || status == 204 || status == 304;
}

}  // namespace

void appendRequestHead(const RequestHead& head, std::string& out, bool proper_case) {
  const bool connect = head.method == Method::Connect;
  out.append(head.method_name);
  out.push_back(' ');
  out.append(connect ? head.authority : head.path);
  out.append(" HTTP/1.1\r\n");
  const size_t first = out.size();
  out.append("host: ");
  out.append(head.authority);
  out.append("\r\n");
  appendFields(head.headers, out);
  if (connect) {
    // Nothing frames a tunnel.
  } else if (!head.upgrade.empty()) {
    out.append("connection: upgrade\r\nupgrade: ");
    out.append(head.upgrade);
    out.append("\r\n");
  } else {
    if (head.headers.has(HeaderId::Te)) out.append("connection: te\r\n");
    appendFraming(head.body, head.content_length, out);
  }
  if (proper_case || head.spelling.known()) [[unlikely]] {
    spellNames(out, first, proper_case, head.spelling);
  }
  out.append("\r\n");
}

void appendResponseHead(const ResponseHead& head, const ResponseFraming& framing,
                        std::string& out) {
  out.append("HTTP/1.1 ");
  appendNumber(static_cast<uint64_t>(head.status), out);
  out.push_back(' ');
  out.append(reasonPhrase(head.status));
  out.append("\r\n");
  const size_t first = out.size();
  appendFields(head.headers, out);
  const bool as_usual = !framing.proper_case && !head.spelling.known();
  if (head.status == 101) {
    out.append("connection: upgrade\r\nupgrade: ");
    out.append(head.upgrade);
    out.append("\r\n");
    if (!as_usual) spellNames(out, first, framing.proper_case, head.spelling);
    out.append("\r\n");
    return;
  }
  if (!head.upgrade.empty()) {
    if (!as_usual) spellNames(out, first, framing.proper_case, head.spelling);
    out.append("\r\n");
    return;
  }
  if (head.status == 304) {
    if (head.body == BodyKind::Length) appendFraming(head.body, head.content_length, out);
  } else if (!forbidsBody(head.status)) {
    const bool unframed = head.body == BodyKind::None && !framing.bodyless;
    appendFraming(unframed ? BodyKind::Length : head.body, unframed ? 0 : head.content_length, out);
  }
  if (framing.close) {
    out.append("connection: close\r\n");
  } else if (framing.keep_alive) {
    out.append("connection: keep-alive\r\n");
  }
  if (!as_usual) [[unlikely]]
    spellNames(out, first, framing.proper_case, head.spelling);
  out.append("\r\n");
}

void appendChunkSize(size_t size, std::string& out) {
  char digits[16];
  size_t n = 0;
  do {
    digits[n++] = "0123456789abcdef"[size & 15];
    size >>= 4;
  } while (size != 0);
  while (n > 0) out.push_back(digits[--n]);
  out.append("\r\n");
}

size_t chunkedSize(size_t data, bool end) {
  const size_t last = end ? sizeof("0\r\n\r\n") - 1 : 0;
  if (data == 0) return last;
  size_t digits = 1;
  for (size_t rest = data >> 4; rest != 0; rest >>= 4) ++digits;
  return digits + 2 + data + 2 + last;
}

void writeData(net::ByteSink& sink, std::string_view data, bool chunked, bool end,
               std::string& scratch) {
  if (!chunked) {
    if (!data.empty()) sink.write(data);
  } else if (!data.empty()) {
    scratch.clear();
    appendChunkSize(data.size(), scratch);
    sink.write(scratch, data);
    sink.write(end ? "\r\n0\r\n\r\n" : "\r\n");
  } else if (end) {
    sink.write("0\r\n\r\n");
  }
}

void appendTrailers(const HeaderMap& trailers, std::string& out, bool proper_case) {
  out.append("0\r\n");
  const size_t first = out.size();
  appendFields(trailers, out);
  if (proper_case) spellNames(out, first, true, {});
  out.append("\r\n");
}

}  // namespace convoy::http
