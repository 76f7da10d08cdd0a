// Capture bytes in, decoded packets out: pcap and pcapng, plain, gzip or zstd, known by their content.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "engine/capture/byte_input.h"
#include "engine/capture/capture_notes.h"
#include "engine/decode/decode.h"
#include "engine/packet.h"

namespace nfstream {

class FilterPrograms;

struct CaptureOptions {
  TunnelSet tunnels = nfstream_tunnels;
  bool all_ports = false;                  // of SCTP, DCCP and UDP-Lite, too
  bool count_fragments = false;            // later ones belong to the first one's flow
  bool notes = false;                      // what a pcapng capture says beside its packets is noted
  std::shared_ptr<FilterPrograms> filter;  // null for none
  int64_t largest_ns = INT64_MIN;          // of the times in captures before this one, whose time goes on
};

// Memory for one batch, owned by the caller (JavaScript), filled by read().
struct PacketSlab {
  uint8_t* data = nullptr;
  size_t data_size = 0;
  PacketRecord* records = nullptr;
  size_t record_capacity = 0;
  // Filled:
  size_t count = 0;
  uint64_t first_number = 0;
  uint64_t first_offset = 0;
};

// What is wrong with a capture, and where. The code is a FlowError code (lib/errors.ts); the text is one sentence without the file's name.
struct Damage {
  std::string code;
  std::string text;
  uint64_t packet = 0;  // number of the damaged record, from 1; 0 when it is not about one
  uint64_t offset = 0;  // byte offset in the (uncompressed) capture
};

enum class ReadStatus {
  packets,    // the slab holds packets, there may be more
  pending,    // an input that is fed from outside has no more bytes for now (the slab may hold packets)
  end,        // the capture is at its end (the slab may hold the last packets)
  damaged,    // the capture can't be read on; `damage` says why (the slab holds the packets before it)
  cancelled,  // cancel() was called
};

struct CaptureCounters {
  uint64_t packets = 0;            // records read
  uint64_t filtered = 0;           // of them, taken out by the filter
  int64_t largest_ns = INT64_MIN;  // of all records' times
  uint64_t bytes_in = 0;           // bytes taken from the input, before decompression: the measure for progress
};

class CaptureReader {
 public:
  CaptureReader(std::unique_ptr<ByteInput> input, const CaptureOptions& options);
  ~CaptureReader();
  CaptureReader(const CaptureReader&) = delete;
  CaptureReader& operator=(const CaptureReader&) = delete;

  // Fills the slab with the next packets; never throws. A slab smaller than `min_slab` bytes is refused with `damaged`.
  ReadStatus read(PacketSlab& slab);
  const Damage& damage() const;
  const CaptureCounters& counters() const;
  // What was noted since the last time, from any thread; nothing where it was not asked for.
  CaptureNotes::Taken take_notes();

  static constexpr size_t min_slab = 1 << 20;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace nfstream
