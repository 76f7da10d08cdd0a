#include "engine/meter/flow_dissection.h"

#include "engine/dissect/flow_facts.h"
#include "engine/tls/client_hello.h"

namespace nfstream {

namespace {

ReadHello::Kind kind_of(tls::Transport transport) {
  switch (transport) {
    case tls::Transport::quic: return ReadHello::Kind::quic;
    case tls::Transport::dtls: return ReadHello::Kind::dtls;
    default: return ReadHello::Kind::tls;
  }
}

}  // namespace

FlowDissection::FlowDissection(Dissector& dissector, const FlowTracks& tracks, unsigned packets, FactMask facts)
    : dissector_(dissector), tracks_(tracks), packets_(packets), facts_(facts), states_(dissector.state_size(), 13) {}

bool FlowDissection::feed(FlowRecord& flow, const DissectInput& packet) {
  if (flow.phase.get() == DissectPhase::done) return true;
  if (flow.dissection == SlabPool::none) {
    flow.dissection = states_.allocate();
    if (flow.dissection == SlabPool::none) return false;
    dissector_.start(states_.at(flow.dissection));
  }
  void* state = states_.at(flow.dissection);
  const DissectProgress progress = dissector_.feed(state, packet);
  if (!flow.hello_known.get() && dissector_.knows_hello(state)) flow.hello_known.set(true);
  if (progress == DissectProgress::finished || ++flow.dissected_packets >= packets_) {
    conclude(flow);
  } else {
    flow.phase.set(progress == DissectProgress::partial ? DissectPhase::partial : DissectPhase::searching);
  }
  return true;
}

void FlowDissection::end(FlowRecord& flow) {
  const bool undecided = flow.phase.get() != DissectPhase::done;
  if (tracks_.layout().has(Track::piece)) tracks_.layout().piece(flow).undecided = undecided;
  if (undecided) conclude(flow);
  if (flow.hello_known.get()) return;
  tracks_.end_search(flow);
  complete(flow, tracks_.layout().client_hello(flow));
}

bool FlowDissection::has_all(FlowRecord& flow) const {
  if (flow.phase.get() != DissectPhase::done) return false;
  if (flow.hello_known.get()) return true;
  tracks_.end_search(flow);
  const tls::HelloSearch& search = tracks_.layout().client_hello(flow);
  return search.hello() == nullptr && !search.is_quic();
}

void FlowDissection::conclude(FlowRecord& flow) {
  if (flow.dissection != SlabPool::none) {
    void* state = states_.at(flow.dissection);
    dissector_.give_up(state);
    keep(flow, dissector_.verdict(state));
    abandon(flow);
  }
  flow.phase.set(DissectPhase::done);
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
  flow.by_address = verdict.by_address;
  flow.facts = FlowFacts::make(verdict.facts, facts_);
}

// Adds what the hello tells.
void FlowDissection::complete(FlowRecord& flow, const tls::HelloSearch& search) const {
  const tls::FoundHello* hello = search.hello();
  if (hello == nullptr && !search.is_quic()) return;
  ReadHello read;
  read.kind = kind_of(hello == nullptr ? tls::Transport::quic : hello->transport);
  if (hello != nullptr) read.server_name = std::string_view(hello->server_name);
  for (const bool larger : {false, true}) read.ports[larger ? 1 : 0] = flow.key.port(larger);
  read.by_address = flow.by_address;
  const FlowLabel label = dissector_.label_of_hello({flow.master, flow.application, flow.category, flow.guessed, flow.confidence}, read);
  flow.master = label.master;
  flow.application = label.application;
  flow.category = label.category;
  flow.guessed = label.guessed;
  flow.confidence = label.confidence;
  if (hello != nullptr) add_facts(flow, *hello);
}

// What the dissection found stays.
void FlowDissection::add_facts(FlowRecord& flow, const tls::FoundHello& hello) const {
  Facts facts = flow.facts == nullptr ? Facts() : flow.facts->all();
  const auto add = [&](Fact fact, std::string_view text) {
    if (!facts.has(fact)) facts.set(fact, text);
  };
  add(Fact::server_name, hello.server_name);
  add(Fact::tls_alpn, hello.alpn);
  add(Fact::tls_version, tls::version_name(hello.version));
  FlowFacts* made = FlowFacts::make(facts, facts_);
  if (made == nullptr) return;
  free_facts(flow);
  flow.facts = made;
}

void FlowDissection::free_facts(FlowRecord& flow) {
  FlowFacts::free(flow.facts);
  flow.facts = nullptr;
}

}  // namespace nfstream
