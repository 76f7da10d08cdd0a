// The options of a TCP header as text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace nfstream {

// Their names in tcpdump in their order, a `;` between two, with the values that do not change from connection to connection: `mss 1460;sackOK;TS;nop;wscale
// 7`. Stops where they are cut off or contradict themselves.
void append_tcp_options(std::string& out, const uint8_t* options, size_t size);

}  // namespace nfstream
