// HASSH, Salesforce's fingerprint of the two ends of SSH (github.com/salesforce/hassh): an MD5 of what an end offers in its SSH_MSG_KEXINIT
// (RFC 4253, 7.1).
#pragma once

#include <cstdint>

#include "engine/digest/md5.h"
#include "engine/tls/byte_reader.h"

namespace nfstream::ssh {

enum class Side : uint8_t { client, server };

enum class Reading : uint8_t {
  unfinished,  // more bytes are needed
  found,
  none,  // it is no SSH, or an exchange that cannot be read
};

// Reads what one end sends from its first byte on: its version, behind other lines at will, and the packets up to the message.
Reading read_hassh(tls::Span stream, Side side, Md5Digest& sum);

}  // namespace nfstream::ssh
