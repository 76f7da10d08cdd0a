#include "engine/meter/flow_dissection.h"

#include <cstdlib>
#include <cstring>
#include <string>

#include "engine/columns/format.h"

namespace nfstream {

namespace {

// Room for 255 bytes from the network, each of which may become a three-byte U+FFFD.
constexpr size_t longest_text = 3 * 255;

}  // namespace

FlowDissection::FlowDissection(Dissector& dissector, unsigned packets)
    : dissector_(dissector), packets_(packets), states_(dissector.state_size(), 10) {}

bool FlowDissection::feed(FlowRecord& flow, const DissectInput& packet) {
  if (flow.dissection == SlabPool::none) {
    flow.dissection = states_.allocate();
    if (flow.dissection == SlabPool::none) return false;
    dissector_.start(states_.at(flow.dissection));
  }
  const DissectProgress progress = dissector_.feed(states_.at(flow.dissection), packet);
  if (progress == DissectProgress::finished || ++flow.dissected_packets >= packets_) {
    conclude(flow);
  } else {
    flow.phase = progress == DissectProgress::partial ? DissectPhase::partial : DissectPhase::searching;
  }
  return true;
}

void FlowDissection::conclude(FlowRecord& flow) {
  flow.phase = DissectPhase::done;
  if (flow.dissection == SlabPool::none) return;
  void* state = states_.at(flow.dissection);
  dissector_.give_up(state);
  copy_facts(flow, dissector_.verdict(state));
  abandon(flow);
}

void FlowDissection::abandon(FlowRecord& flow) {
  if (flow.dissection == SlabPool::none) return;
  dissector_.release(states_.at(flow.dissection));
  states_.release(flow.dissection);
  flow.dissection = SlabPool::none;
}

void FlowDissection::copy_facts(FlowRecord& flow, const Verdict& verdict) {
  flow.master = verdict.master;
  flow.application = verdict.application;
  flow.category = verdict.category;
  flow.confidence = verdict.confidence;
  flow.guessed = verdict.guessed;
  const std::string_view raw[FlowTexts::count] = {verdict.server_name, verdict.client_fingerprint, verdict.server_fingerprint,
                                                  verdict.user_agent, verdict.content_type};
  std::string bytes;
  FlowTexts header;
  for (int i = 0; i < FlowTexts::count; i++) {
    const size_t before = bytes.size();
    append_utf8(bytes, raw[i].data(), raw[i].size(), longest_text);
    header.lengths[i] = static_cast<uint16_t>(bytes.size() - before);
  }
  if (bytes.empty()) return;
  // Without memory a flow keeps its numbers and its label and loses its texts.
  flow.texts = static_cast<FlowTexts*>(std::malloc(sizeof(FlowTexts) + bytes.size()));
  if (flow.texts == nullptr) return;
  std::memcpy(flow.texts->lengths, header.lengths, sizeof header.lengths);
  std::memcpy(flow.texts->bytes, bytes.data(), bytes.size());
}

void FlowDissection::free_texts(FlowRecord& flow) {
  std::free(flow.texts);
  flow.texts = nullptr;
}

}  // namespace nfstream
