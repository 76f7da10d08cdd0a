#include "engine/tls/reassembly.h"

#include <doctest/doctest.h>

#include <string>

#include "dissect/packet_bytes.h"
#include "tls/hex.h"

using namespace nfstream::tls;
using namespace nfstream::test;

TEST_CASE("a stream is put together from parts, up to a limit") {
  Reassembly stream;
  CHECK(stream.bytes().size == 0);
  stream.add(5, span(std::string("fghij")));
  CHECK(stream.bytes().size == 0);
  stream.add(0, span(std::string("abc")));
  CHECK(stream.bytes().size == 3);
  stream.add(2, span(std::string("XdeXXXXXXXkl")));
  const Span bytes = stream.bytes();
  CHECK(Bytes(bytes.data, bytes.data + bytes.size) == "abcdefghijXXkl");
  stream.add(Reassembly::longest - 1, span(std::string("too long")));
  stream.add(UINT64_MAX, span(std::string("x")));
  stream.add(Reassembly::longest, span(std::string("x")));
  CHECK(stream.bytes().size == 14);
  // Parts with gaps between them are limited, and what fills a gap joins.
  Reassembly scattered;
  for (uint64_t at = 1; at < 1000; at += 2) scattered.add(at, span(std::string("x")));
  for (uint64_t at = 0; at < 1000; at += 2) scattered.add(at, span(std::string("y")));
  CHECK(scattered.bytes().size >= 64);
}
