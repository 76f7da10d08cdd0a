#include "engine/text/utf8.h"

#include <doctest/doctest.h>

#include <string>

using namespace nfstream;

TEST_CASE("bytes from the network become valid UTF-8") {
  const struct {
    std::string bytes, text;
  } cases[] = {
      {"", ""},
      {"plain.example", "plain.example"},
      {"caf\xc3\xa9", "caf\xc3\xa9"},
      {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
      {"a\xffz", "a\xef\xbf\xbdz"},
      {"\xc3", "\xef\xbf\xbd"},
      {"\xc3(", "\xef\xbf\xbd("},
      {"\xf0\x9f\x98", "\xef\xbf\xbd"},                                          // one maximal part, one replacement
      {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},                                  // over-long
      {"\xe0\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},                  // over-long
      {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},                  // a surrogate
      {"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},  // beyond U+10FFFF
      {"\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd"},
      {std::string("a\0b", 3), std::string("a\0b", 3)},
  };
  for (const auto& one : cases) {
    std::string out;
    append_utf8(out, one.bytes.data(), one.bytes.size(), 765);
    CHECK(out == one.text);
  }
}

TEST_CASE("a limit never cuts a character") {
  std::string out;
  append_utf8(out, "ab\xc3\xa9z", 5, 3);
  CHECK(out == "ab");
  out.clear();
  append_utf8(out, "ab\xff", 3, 4);
  CHECK(out == "ab");
}
