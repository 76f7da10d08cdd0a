#include <zlib.h>
#include <zstd.h>

#include "capture/read_all.h"

using namespace nfstream_test;

namespace {

Bytes gzip(const Bytes& plain) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  Bytes packed(deflateBound(&stream, plain.size()) + 32);
  stream.next_in = const_cast<Bytef*>(plain.data());
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = packed.data();
  stream.avail_out = static_cast<uInt>(packed.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

Bytes zstd(const Bytes& plain) {
  Bytes packed(ZSTD_compressBound(plain.size()));
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  packed.resize(ZSTD_compress2(context, packed.data(), packed.size(), plain.data(), plain.size()));
  ZSTD_freeCCtx(context);
  return packed;
}

Bytes part(const Bytes& bytes, size_t from, size_t to) { return Bytes(bytes.begin() + static_cast<long>(from), bytes.begin() + static_cast<long>(to)); }

Bytes capture_of(uint32_t packets) {
  const Pcap pcap;
  Bytes file = pcap.header();
  for (uint32_t i = 0; i < packets; i++) file = std::move(file) + pcap.record(i, 0, udp_frame(static_cast<uint16_t>(i), i % 300));
  return file;
}

}  // namespace

TEST_CASE("gzip and zstd are known by their content, in pieces of any size and in several parts") {
  const Bytes file = capture_of(2000);
  const size_t middle = file.size() / 2;
  const Bytes skippable = {0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 9, 9, 9};
  for (const Bytes& packed :
       {gzip(file), zstd(file), gzip(part(file, 0, middle)) + gzip(part(file, middle, file.size())), gzip({}) + gzip(file) + Bytes(100, 0),
        zstd(part(file, 0, middle)) + zstd(part(file, middle, file.size())), skippable + zstd(file) + skippable}) {
    for (const size_t piece : {SIZE_MAX, size_t{1}, size_t{1000}}) {
      const ReadCapture capture = read_all(packed, "", piece);
      CHECK_MESSAGE(capture.status == ReadStatus::end, capture.damage.text);
      REQUIRE(capture.packets.size() == 2000);
      CHECK(capture.packets[1999].record.src_port == 1999);
      CHECK(capture.packets[1].offset == 24 + 16 + udp_frame(0, 0).size());
      CHECK(capture.counters.bytes_in == packed.size());
    }
  }
}

TEST_CASE("compressed data that expand a lot do not take memory") {
  const Pcap pcap;
  const Bytes zeros(200000, 0);
  Bytes file = pcap.header();
  for (uint32_t i = 0; i < 100; i++) file = std::move(file) + pcap.record(i, 0, zeros);
  for (const Bytes& packed : {gzip(file), zstd(file)}) {
    REQUIRE(packed.size() < 100000);
    const ReadCapture capture = read_all(packed);
    CHECK(capture.status == ReadStatus::end);
    CHECK(capture.packets.size() == 100);
  }
}

TEST_CASE("damaged compressed data") {
  const Bytes file = capture_of(5000);
  for (const Bytes& packed : {gzip(file), zstd(file)}) {
    Bytes flipped = packed;
    flipped[flipped.size() / 2] ^= 0x40;
    flipped[flipped.size() / 2 + 1] ^= 0x40;
    for (const Bytes& bad : {part(packed, 0, packed.size() - 9), part(packed, 0, 8), flipped, packed + Bytes{'j', 'u', 'n', 'k', '!'}}) {
      for (const size_t piece : {SIZE_MAX, size_t{7}}) {
        const ReadCapture capture = read_all(bad, "", piece);
        CHECK(capture.status == ReadStatus::damaged);
        CHECK(capture.damage.code == "ERR_NFSTREAM_COMPRESSION");
        size_t wrong = 0;
        for (size_t i = 0; i < std::min<size_t>(capture.packets.size(), 100); i++) wrong += capture.packets[i].number != i + 1;
        CHECK(wrong == 0);
      }
    }
    CHECK(read_all(packed + Bytes{'j', 'u', 'n', 'k', '!'}).packets.size() == 5000);
  }
  CHECK(read_all(gzip({})).damage.code == "ERR_NFSTREAM_EMPTY_FILE");
  CHECK(read_all(zstd(Bytes{'t', 'e', 'x', 't', '\n'})).damage.text == "What is compressed in the input is neither pcap nor pcapng: it looks like text.");
}
