// nDPI over what is wanted of it: setting up, rules, and the packets of captures; and what came out, to be compared.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dissect/ndpi_packets.h"
#include "engine/packet.h"

namespace nfstream::test {

// The packets of a capture, decoded.
class CapturePackets {
 public:
  // Throws std::runtime_error when the capture can't be read.
  explicit CapturePackets(const std::string& path);
  const std::vector<PacketBatchView>& batches() const { return batches_; }

 private:
  std::vector<std::vector<uint8_t>> data_;
  std::vector<std::vector<PacketRecord>> records_;
  std::vector<PacketBatchView> batches_;
};

// Meters the packets. Gives "no memory", or all texts and numbers that dissection filled.
std::string flows_of(const CapturePackets& packets, Dissector& dissector);

// Sets a module up and lets it go. Gives "made" or the code of the error.
std::string set_up(const DissectorOptions& options);

// From now on nDPI gets its memory from malloc, and none when a test wants that: without the engine's reserve.
void give_ndpi_no_reserve();

}  // namespace nfstream::test
