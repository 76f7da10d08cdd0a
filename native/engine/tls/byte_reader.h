// Reads numbers and parts from bytes of the network. A read beyond the end gives zeros or nothing, and is remembered.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nfstream::tls {

struct Span {
  const uint8_t* data = nullptr;
  size_t size = 0;

  Span from(size_t at) const { return at > size ? Span{} : Span{data + at, size - at}; }
  Span first(size_t count) const { return {data, count < size ? count : size}; }
};

class ByteReader {
 public:
  explicit ByteReader(Span bytes) : rest_(bytes) {}

  bool good() const { return good_; }
  bool done() const { return rest_.size == 0; }
  Span rest() const { return rest_; }

  // A big-endian number of up to eight bytes.
  uint64_t number(size_t bytes) {
    const Span part = take(bytes);
    uint64_t value = 0;
    for (size_t i = 0; i < part.size; i++) value = value << 8 | part.data[i];
    return value;
  }
  uint8_t u8() { return static_cast<uint8_t>(number(1)); }
  uint16_t u16() { return static_cast<uint16_t>(number(2)); }
  uint32_t u24() { return static_cast<uint32_t>(number(3)); }
  uint32_t u32() { return static_cast<uint32_t>(number(4)); }

  // QUIC's variable-length number: its first two bits say how many bytes it has.
  uint64_t quic_number() {
    if (rest_.size == 0) return number(1);
    const size_t bytes = size_t{1} << (rest_.data[0] >> 6);
    return number(bytes) & (UINT64_MAX >> (66 - 8 * bytes));
  }

  // Nothing when fewer bytes are left.
  Span take(uint64_t count) {
    if (count > rest_.size) {
      good_ = false;
      rest_ = {};
      return {};
    }
    const Span part = rest_.first(static_cast<size_t>(count));
    rest_ = rest_.from(static_cast<size_t>(count));
    return part;
  }
  // A part behind its length.
  Span sized8() { return take(u8()); }
  Span sized16() { return take(u16()); }

 private:
  Span rest_;
  bool good_ = true;
};

}  // namespace nfstream::tls
