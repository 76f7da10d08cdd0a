#include "engine/meter/flow_dissection.h"

#include "engine/dissect/flow_facts.h"

namespace nfstream {

FlowDissection::FlowDissection(Dissector& dissector, unsigned packets, FactMask facts)
    : dissector_(dissector), packets_(packets), facts_(facts), states_(dissector.state_size(), 10) {}

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
  keep(flow, dissector_.verdict(state));
  abandon(flow);
}

void FlowDissection::peek(FlowRecord& flow) {
  if (flow.dissection == SlabPool::none) return;
  free_facts(flow);
  keep(flow, dissector_.verdict(states_.at(flow.dissection)));
}

void FlowDissection::abandon(FlowRecord& flow) {
  if (flow.dissection == SlabPool::none) return;
  dissector_.release(states_.at(flow.dissection));
  states_.release(flow.dissection);
  flow.dissection = SlabPool::none;
}

void FlowDissection::keep(FlowRecord& flow, const Verdict& verdict) const {
  free_facts(flow);  // of a peek
  flow.master = verdict.master;
  flow.application = verdict.application;
  flow.category = verdict.category;
  flow.confidence = verdict.confidence;
  flow.guessed = verdict.guessed;
  flow.facts = FlowFacts::make(verdict.facts, facts_);
}

void FlowDissection::free_facts(FlowRecord& flow) {
  FlowFacts::free(flow.facts);
  flow.facts = nullptr;
}

}  // namespace nfstream
