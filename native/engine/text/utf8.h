// Bytes from the network as text.
#pragma once

#include <cstddef>
#include <string>

namespace nfstream {

// Appends bytes from the network as valid UTF-8: what is none becomes U+FFFD, by the rule of the WHATWG encoding standard
// (one for each maximal part that could have begun a character). At most `limit` bytes are appended, and no character is cut.
void append_utf8(std::string& out, const char* bytes, size_t size, size_t limit);

}  // namespace nfstream
