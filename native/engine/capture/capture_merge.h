// Several captures as one timeline: their packets in the order of their times, those of the same time in the order of the captures.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <vector>

#include "engine/capture/capture_reader.h"

namespace nfstream {

enum class MergeStatus {
  packets,    // the slab is full
  waiting,    // the next packet is not before `until`
  end,        // every capture that was added is at its end
  cancelled,  // cancel() was called
};

class CaptureMerge {
 public:
  CaptureMerge() = default;
  CaptureMerge(const CaptureMerge&) = delete;
  CaptureMerge& operator=(const CaptureMerge&) = delete;

  // Takes part in the next read. The reader must outlive the merge, or its place's appearance in ended().
  void add(uint32_t place, CaptureReader& reader);

  // Fills the slab, and an origin for each of its records, with packets whose times are before `until`: there begins a capture that is yet
  // to be added. A record's number_delta is its index, by which its origin is found. Within a capture the order is kept, whatever the
  // times are. May throw std::bad_alloc.
  MergeStatus read(PacketSlab& slab, PacketOrigin* origins, std::optional<int64_t> until);

  // The captures that came to their end in the last read, each with what its reader said.
  struct End {
    uint32_t place;
    ReadStatus status;
    const CaptureReader* reader;
  };
  const std::vector<End>& ended() const { return ended_; }

  // Those of all captures so far, added up.
  CaptureCounters counters() const;

  // Ends a read under way, and every later one. From any thread.
  void cancel() { cancelled_ = true; }

 private:
  struct Free {
    void operator()(void* memory) const { std::free(memory); }
  };
  // A capture, and the packets that were read of it ahead.
  struct Input {
    Input(uint32_t its_place, CaptureReader& its_reader) : place(its_place), reader(&its_reader) {}
    const PacketRecord& head() const { return ahead.records[next]; }

    uint32_t place;
    CaptureReader* reader;
    std::unique_ptr<uint8_t, Free> memory;
    PacketSlab ahead;
    size_t next = 0;
    ReadStatus status = ReadStatus::packets;
  };

  bool fill(Input& input);
  bool step(Input& input);
  void end(const Input& input);
  static bool is_later(const std::unique_ptr<Input>& a, const std::unique_ptr<Input>& b);

  std::vector<std::unique_ptr<Input>> added_;
  std::vector<std::unique_ptr<Input>> heap_;  // of those with a packet; the earliest is first
  std::vector<End> ended_;
  CaptureCounters behind_;  // of captures at their end
  std::atomic<bool> cancelled_{false};
};

}  // namespace nfstream
