#include "engine/capture/capture_reader.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <new>
#include <optional>
#include <vector>

#include "engine/capture/batch_builder.h"
#include "engine/capture/decompression.h"
#include "engine/capture/record_parser.h"

namespace nfstream {

namespace {

// Read at once: large enough to make system calls cheap, small enough to be parsed while it is in the processor's cache.
constexpr size_t read_size = 256 << 10;
// With less room than this a slab is full: a smaller read is not worth its call.
constexpr size_t least_room = 32 << 10;
// How long the first packets of a batch wait for more on a live input.
constexpr std::chrono::milliseconds longest_wait{100};

static_assert(longest_held + read_size + least_room <= CaptureReader::min_slab, "what is carried over must leave room to read");

using Clock = std::chrono::steady_clock;

constexpr size_t magic_size = 4;
// Enough of something that is no capture to say what it looks like.
constexpr size_t describable_size = 64;

}  // namespace

// A step gives a status when this read is at its end, nothing when it goes on.
using Step = std::optional<ReadStatus>;

struct CaptureReader::State {
  State(std::unique_ptr<ByteInput> source, const CaptureOptions& options) : silence(source->silence()), input(std::move(source)), batch(options, counters) {
    counters.largest_ns = options.largest_ns;
    if (options.notes) notes = std::make_unique<CaptureNotes>();
  }

  ReadStatus read(PacketSlab& slab);
  Step parse(Window& window);
  Step take_input(const PacketSlab& slab, Window& window);
  ReadStatus refuse(const Window& window);
  ReadStatus at_end(const Window& window);
  ReadStatus damaged(Damage what);
  int wait_ms(const PacketSlab& slab) const;

  Silence& silence;
  Decompression input;
  CaptureCounters counters;
  BatchBuilder batch;
  std::unique_ptr<CaptureNotes> notes;  // null where nobody asks for them
  std::unique_ptr<RecordParser> parser;
  std::vector<uint8_t> carried;                 // the beginning of a record, or packets for which the last slab had no room
  uint64_t carried_offset = 0;                  // of its first byte in the capture
  std::optional<Clock::time_point> first_byte;  // when this batch's came, on a live input
  Step final;                                   // an end of any kind stays
  Damage damage;
};

ReadStatus CaptureReader::State::read(PacketSlab& slab) {
  batch.begin(slab);
  if (final) return *final;
  if (slab.data_size < min_slab || slab.record_capacity == 0) return damaged({"ERR_NFSTREAM_MEMORY", "The memory for a batch of packets is too small.", 0, 0});
  Window window{slab.data, 0, carried.size(), carried_offset};
  if (!carried.empty()) std::memcpy(slab.data, carried.data(), carried.size());
  first_byte.reset();
  if (!carried.empty() && input.live()) first_byte = Clock::now();
  Step status;
  while (!status) {
    status = parse(window);
    if (!status) status = take_input(slab, window);
  }
  if (*status == ReadStatus::packets || *status == ReadStatus::pending) {
    carried.assign(window.at(), window.at() + window.size());
    if (carried.empty() && parser != nullptr) silence.handed_on(counters.largest_ns);
    carried_offset = window.offset;
  } else {
    final = status;
  }
  return *status;
}

Step CaptureReader::State::parse(Window& window) {
  if (parser == nullptr) {
    if (window.size() >= magic_size) parser = make_parser(window.at(), notes.get());
    if (parser == nullptr) return window.size() < describable_size ? Step() : refuse(window);
  }
  switch (parser->parse(window, batch)) {
    case ParseResult::need_more: return {};
    case ParseResult::slab_full: return ReadStatus::packets;
    case ParseResult::damaged: break;
  }
  return damaged(parser->damage());
}

// What was read is no capture.
ReadStatus CaptureReader::State::refuse(const Window& window) {
  const std::string subject = input.compressed() ? "What is compressed in the input" : "The input";
  if (window.size() == 0) return damaged({"ERR_NFSTREAM_EMPTY_FILE", subject + " is empty: there is not a single byte.", 0, 0});
  const std::string content = describe_content(window.at(), window.size());
  return damaged({"ERR_NFSTREAM_NOT_A_CAPTURE", subject + " is neither pcap nor pcapng: it looks like " + content + ".", 0, 0});
}

Step CaptureReader::State::take_input(const PacketSlab& slab, Window& window) {
  if (window.size() == 0 && slab.count == 0) window.begin = window.end = 0;
  const size_t room = slab.data_size - window.end;
  const int wait = wait_ms(slab);
  if (room < least_room || wait == 0) return ReadStatus::packets;
  // Half a record, and a file without its header, say that their writer has more to come of what it saw.
  if (slab.count == 0 && window.size() == 0 && parser != nullptr) silence.handed_on(counters.largest_ns);
  else silence.hold();
  size_t got = 0;
  switch (input.read(slab.data + window.end, std::min(room, read_size), wait, got)) {
    case InputStatus::bytes:
      window.end += got;
      if (!first_byte && input.live()) first_byte = Clock::now();
      return {};
    case InputStatus::timed_out: return ReadStatus::packets;
    case InputStatus::pending: return ReadStatus::pending;
    case InputStatus::end: return at_end(window);
    case InputStatus::cancelled: return ReadStatus::cancelled;
    case InputStatus::failed: break;
  }
  return damaged({input.error().code, input.error().text, batch.next_number(), window.offset});
}

ReadStatus CaptureReader::State::at_end(const Window& window) {
  if (parser == nullptr) return refuse(window);
  if (!parser->finish(window, batch)) return damaged(parser->damage());
  if (!batch.only_unsupported_links()) return ReadStatus::end;
  return damaged({"ERR_NFSTREAM_LINK_TYPE", "All packets of the capture are of link type " + undecodable(batch.unsupported_link_type()), 0, 0});
}

ReadStatus CaptureReader::State::damaged(Damage what) {
  damage = std::move(what);
  return ReadStatus::damaged;
}

// Packets that are there go out in time; while there is none, nothing is late.
int CaptureReader::State::wait_ms(const PacketSlab& slab) const {
  if (!first_byte || slab.count == 0) return wait_for_ever;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*first_byte + longest_wait - Clock::now()).count();
  return static_cast<int>(std::max<int64_t>(left, 0));
}

CaptureReader::CaptureReader(std::unique_ptr<ByteInput> input, const CaptureOptions& options) : state_(std::make_unique<State>(std::move(input), options)) {}
CaptureReader::~CaptureReader() = default;

ReadStatus CaptureReader::read(PacketSlab& slab) {
  ReadStatus status;
  try {
    status = state_->read(slab);
  } catch (const std::bad_alloc&) {
    status = state_->damaged({"ERR_NFSTREAM_MEMORY", "There is no memory left to read the capture.", 0, 0});
    state_->final = status;
  }
  state_->counters.bytes_in = state_->input.bytes_in();
  return status;
}

const Damage& CaptureReader::damage() const { return state_->damage; }
const CaptureCounters& CaptureReader::counters() const { return state_->counters; }
CaptureNotes::Taken CaptureReader::take_notes() { return state_->notes == nullptr ? CaptureNotes::Taken{} : state_->notes->take(); }

}  // namespace nfstream
