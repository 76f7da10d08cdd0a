// Addresses and times as text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "engine/time_unit.h"

namespace nfstream {

// Appends an IPv4 address in dotted form or an IPv6 address in the form of RFC 5952.
void append_ip(std::string& out, const uint8_t* address, uint8_t ip_version);

// Appends the first `bytes` bytes, six at most, of a hardware address in lower-case hex with colons.
void append_mac(std::string& out, const uint8_t* mac, size_t bytes);

// Appends bytes in lower-case hex.
void append_hex(std::string& out, const uint8_t* bytes, size_t count);

// Appends a point in time (nanoseconds since the epoch) in the form of RFC 3339 in UTC, cut off after the unit's digits:
// 2024-01-01T00:00:00.000Z.
void append_iso(std::string& out, int64_t ns, TimeUnit unit);

}  // namespace nfstream
