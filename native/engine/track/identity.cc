#include "engine/track/identity.h"

#include <cstring>

#include "engine/digest/sha1.h"

namespace nfstream {

void DigestBytes::add(const void* from, size_t count) {
  std::memcpy(bytes_ + size_, from, count);
  size_ += count;
}

void DigestBytes::number(uint64_t value, size_t count) {
  for (size_t i = count; i-- > 0;) bytes_[size_++] = static_cast<uint8_t>(value >> (8 * i));
}

// 128 bits over the ends in their direction, the rest of the key, the first packet's time and the capture that it came from.
void Identity::finish(const FlowRecord& flow) {
  const RecordKey& key = flow.key;
  const bool larger = flow.source_is_larger;
  DigestBytes bytes;
  bytes.add(key.address(larger), key.address_size());
  bytes.add(key.address(!larger), key.address_size());
  bytes.number(key.port(larger), 2);
  bytes.number(key.port(!larger), 2);
  bytes.number(key.fields().word >> 32, 4);
  bytes.number(key.tunnel_vni(), 8);
  bytes.number(static_cast<uint64_t>(flow.first_seen_ns()), 8);
  bytes.number(source, 8);
  std::memcpy(uid, sha1(bytes.data(), bytes.size()).data(), sizeof uid);
  if (part == 0) std::memcpy(connection_uid, uid, sizeof uid);
}

}  // namespace nfstream
