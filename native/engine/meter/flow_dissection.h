// The dissection of the open flows: a state lives only while its flow is being dissected, then what was found is copied out.
#pragma once

#include <cstdint>

#include "engine/dissect/dissector.h"
#include "engine/meter/flow_tracks.h"
#include "engine/table/flow_record.h"
#include "engine/table/slab_pool.h"
#include "engine/tls/hello_search.h"

namespace nfstream {

class FlowDissection {
 public:
  // `dissector` and `tracks` must outlive this; `packets` is how many packets of a flow it may see at most, `facts` what is kept of what it finds.
  FlowDissection(Dissector& dissector, const FlowTracks& tracks, unsigned packets, FactMask facts);

  // Shows the flow's newest packet, if it wants any more. False when there is no memory for a state.
  bool feed(FlowRecord& flow, const DissectInput& packet);
  // The flow has ended. Brings the dissection to its end: a guess for a flow without a label, the facts into the record, and what its hello tells where the
  // dissection found no name of the server.
  void end(FlowRecord& flow);
  // Whether the flow's dissection is over, and its end needs nothing of the dissector.
  bool has_all(FlowRecord& flow) const;
  // What it has found so far into the record of a flow that is still being dissected.
  void peek(FlowRecord& flow);
  // Gives a dissection up without a result.
  void abandon(FlowRecord& flow);
  // For a record that is about to go.
  static void free_facts(FlowRecord& flow);

  size_t bytes_held() const { return states_.bytes_held(); }

 private:
  void conclude(FlowRecord& flow);
  void complete(FlowRecord& flow, const tls::HelloSearch& search) const;
  void keep(FlowRecord& flow, const Verdict& verdict) const;
  void add_facts(FlowRecord& flow, const tls::FoundHello& hello) const;

  Dissector& dissector_;
  const FlowTracks& tracks_;
  unsigned packets_;
  FactMask facts_;
  SlabPool states_;
};

}  // namespace nfstream
