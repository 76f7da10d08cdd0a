// Asks for the process of each flow of a meter when it begins, and again when it ends without one, and notes the answers as they come.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/process/process_lookup.h"
#include "engine/table/flow_table.h"
#include "engine/track/record_layout.h"

namespace nfstream {

class FlowProcesses {
 public:
  // Both must outlive it, but that the lookup ends before it does.
  FlowProcesses(ProcessLookup& lookup, FlowTable& table, const RecordLayout& layout) : lookup_(lookup), table_(table), layout_(layout) {}

  // The flow has its first packet. `before`: the piece of its connection before it, or null.
  void begin(uint32_t flow, const FlowRecord* before);
  // The flow has ended.
  void end(uint32_t flow);
  // Whether an answer may still come.
  bool awaits(const FlowRecord& flow) const { return layout_.process(flow).due > 0 && !lookup_.broken(); }
  // Asks what is to be asked, and notes what was answered. False when there is no memory.
  bool exchange();

 private:
  // So many questions are not held back until the end of a step.
  static constexpr size_t most_held = 64;

  void ask(uint32_t flow, FlowRecord& record);
  void send();

  ProcessLookup& lookup_;
  FlowTable& table_;
  const RecordLayout& layout_;
  ProcessLookup::Box box_;
  std::vector<ProcessQuestion> questions_;
  std::vector<ProcessAnswer> answers_;
  uint64_t serials_ = 0;
};

}  // namespace nfstream
