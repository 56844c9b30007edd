#include "common/http/field_lines.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace convoy::http {

namespace {

bool isControl(unsigned char c) {
  return (c < 0x20 && c != '\t') || c == 0x7f;
}

// The first control octet but TAB; `end` if there is none.
const char* findControl(const char* at, const char* end) {
#ifdef __SSE2__
  const __m128i space = _mm_set1_epi8(0x1f);
  const __m128i tab = _mm_set1_epi8('\t');
  const __m128i del = _mm_set1_epi8(0x7f);
  for (; end - at >= 16; at += 16) {
    const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(v, space), v);
    const __m128i bad =
        _mm_or_si128(_mm_andnot_si128(_mm_cmpeq_epi8(v, tab), low), _mm_cmpeq_epi8(v, del));
    const int mask = _mm_movemask_epi8(bad);
    if (mask != 0) return at + __builtin_ctz(static_cast<unsigned>(mask));
  }
#endif
  while (at != end && !isControl(static_cast<unsigned char>(*at))) ++at;
  return at;
}

bool isBlank(char c) {
  return c == ' ' || c == '\t';
}

}  // namespace

bool hasControl(std::string_view s) {
  const char* const end = s.data() + s.size();
  return findControl(s.data(), end) != end;
}

std::string_view splitFields(char* at, size_t size, size_t max_fields, std::vector<RawField>& out) {
  const char* const end = at + size;
  const size_t first = out.size();
  for (;;) {
    if (end - at >= 2 && at[0] == '\r' && at[1] == '\n') return {};
    if (at == end) return "bare_lf";
    if (out.size() - first >= max_fields) return "too_many_fields";
    if (isBlank(*at)) return "obs_fold";
    char* const name = at;
    for (unsigned char lower;
         at != end && (lower = kTokenLower[static_cast<unsigned char>(*at)]) != 0;) {
      *at++ = static_cast<char>(lower);
    }
    if (at == end || *at != ':') {
      const bool whole = end - at >= 2 && at[0] == '\r' && at[1] == '\n';
      return whole ? "field_without_colon" : "invalid_field_name";
    }
    if (at == name) return "empty_field_name";
    const auto name_size = static_cast<size_t>(at - name);
    do {
      ++at;
    } while (at != end && isBlank(*at));
    char* const value = at;
    at += findControl(at, end) - at;
    if (end - at < 2 || at[0] != '\r' || at[1] != '\n') {
      return at != end && *at == '\n' ? "bare_lf" : "invalid_field_value";
    }
    const char* last = at;
    while (last != value && isBlank(last[-1])) --last;
    out.push_back({{name, name_size}, {value, static_cast<size_t>(last - value)}});
    at += 2;
  }
}

}  // namespace convoy::http
