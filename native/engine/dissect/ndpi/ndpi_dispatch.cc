#include "engine/dissect/ndpi/ndpi_dispatch.h"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace nfstream::ndpi {

#if !NFSTREAM_NDPI_IS_OPEN

struct Dispatch::Plan {};
std::unique_ptr<Dispatch> Dispatch::of(const Module*) { return nullptr; }

#else

namespace {

using Function = void (*)(Module*, Flow*);
using Check = uint32_t (*)(Module*, Flow*, uint32_t*);
using Mask = NDPI_PROTOCOL_BITMASK;
using Word = ndpi_ndpi_mask;

constexpr size_t word_bits = 8 * sizeof(Word);
constexpr size_t word_count = sizeof(Mask) / sizeof(Word);

Check own_check() {
  static const auto own = reinterpret_cast<Check>(dlsym(RTLD_NEXT, "ndpi_check_flow_func"));
  return own;
}

bool has(const Mask& mask, uint16_t protocol) { return (mask.fds_bits[protocol / word_bits] >> protocol % word_bits & 1) != 0; }

struct Callbacks {
  const ndpi_call_function_struct* first;
  uint32_t count;
};

Callbacks callbacks_for(const Module& module, uint32_t kind) {
  if ((kind & NDPI_SELECTION_BITMASK_PROTOCOL_INT_TCP) != 0) {
    if ((kind & NDPI_SELECTION_BITMASK_PROTOCOL_HAS_PAYLOAD) != 0) return {module.callback_buffer_tcp_payload, module.callback_buffer_size_tcp_payload};
    return {module.callback_buffer_tcp_no_payload, module.callback_buffer_size_tcp_no_payload};
  }
  if ((kind & NDPI_SELECTION_BITMASK_PROTOCOL_INT_UDP) != 0) return {module.callback_buffer_udp, module.callback_buffer_size_udp};
  return {module.callback_buffer_non_tcp_udp, module.callback_buffer_size_non_tcp_udp};
}

bool wants(const ndpi_call_function_struct& callback, uint32_t kind) { return (callback.ndpi_selection_bitmask & kind) == callback.ndpi_selection_bitmask; }

bool is_without_payload(uint32_t kind) {
  return (kind & NDPI_SELECTION_BITMASK_PROTOCOL_INT_TCP) != 0 && (kind & NDPI_SELECTION_BITMASK_PROTOCOL_HAS_PAYLOAD) == 0;
}

// The kinds of packets that nDPI tells apart: IPv4 or IPv6; TCP, UDP or neither; with payload or without; again what was seen or not.
constexpr size_t kind_count = 24;

uint32_t kind_at(size_t index) {
  constexpr uint32_t versions[] = {NDPI_SELECTION_BITMASK_PROTOCOL_IP, NDPI_SELECTION_BITMASK_PROTOCOL_IPV6};
  constexpr uint32_t transports[] = {NDPI_SELECTION_BITMASK_PROTOCOL_INT_TCP | NDPI_SELECTION_BITMASK_PROTOCOL_INT_TCP_OR_UDP,
                                     NDPI_SELECTION_BITMASK_PROTOCOL_INT_UDP | NDPI_SELECTION_BITMASK_PROTOCOL_INT_TCP_OR_UDP, 0};
  return NDPI_SELECTION_BITMASK_PROTOCOL_COMPLETE_TRAFFIC | NDPI_SELECTION_BITMASK_PROTOCOL_IPV4_OR_IPV6 | versions[index & 1] |
         ((index & 2) != 0 ? NDPI_SELECTION_BITMASK_PROTOCOL_HAS_PAYLOAD : 0) | ((index & 4) != 0 ? NDPI_SELECTION_BITMASK_PROTOCOL_NO_TCP_RETRANSMISSION : 0) |
         transports[index / 8];
}

size_t index_of(uint32_t kind) {
  const size_t transport = (kind & NDPI_SELECTION_BITMASK_PROTOCOL_INT_TCP) != 0 ? 0 : (kind & NDPI_SELECTION_BITMASK_PROTOCOL_INT_UDP) != 0 ? 1 : 2;
  return ((kind & NDPI_SELECTION_BITMASK_PROTOCOL_IPV6) != 0 ? 1 : 0) | ((kind & NDPI_SELECTION_BITMASK_PROTOCOL_HAS_PAYLOAD) != 0 ? 2 : 0) |
         ((kind & NDPI_SELECTION_BITMASK_PROTOCOL_NO_TCP_RETRANSMISSION) != 0 ? 4 : 0) | transport * 8;
}

bool is_as_declared(const Module& module) {
  // The module is whole behind its tables if its last one is where its own function says.
  if (ndpi_get_proto_defaults(const_cast<Module*>(&module)) != module.proto_defaults) return false;
  const Callbacks tables[] = {{module.callback_buffer, module.callback_buffer_size},
                              {module.callback_buffer_tcp_payload, module.callback_buffer_size_tcp_payload},
                              {module.callback_buffer_tcp_no_payload, module.callback_buffer_size_tcp_no_payload},
                              {module.callback_buffer_udp, module.callback_buffer_size_udp},
                              {module.callback_buffer_non_tcp_udp, module.callback_buffer_size_non_tcp_udp}};
  const auto is_one = [](const ndpi_call_function_struct& one) {
    if (one.func == nullptr || one.ndpi_protocol_id >= NDPI_NUM_BITS) return false;
    Mask itself;
    NDPI_SAVE_AS_BITMASK(itself, one.ndpi_protocol_id);
    return std::equal(itself.fds_bits, itself.fds_bits + word_count, one.excluded_protocol_bitmask.fds_bits);
  };
  return std::all_of(std::begin(tables), std::end(tables), [&](const Callbacks& table) {
    return table.count <= NDPI_MAX_SUPPORTED_PROTOCOLS && std::all_of(table.first, table.first + table.count, is_one);
  });
}

}  // namespace

// The dissectors that want packets of one kind, in the order in which nDPI calls them.
struct Dispatch::Plan {
  struct Entry {
    Function function;
    // Of its protocol in a mask.
    Word bit;
    uint16_t word;
    uint16_t next_of_protocol;

    bool excluded_by(const Flow& flow) const { return (flow.excluded_protocol_bitmask.fds_bits[word] & bit) != 0; }
  };
  static constexpr uint16_t none = UINT16_MAX;

  uint32_t kind;
  std::vector<Entry> entries;
  std::array<uint16_t, NDPI_NUM_BITS> first_of_protocol;
  Mask protocols;

  Plan(const Module& module, uint32_t kind);
  uint32_t call(Module* module, Flow* flow, Function called) const;
  uint32_t call_from(size_t entry, Module* module, Flow* flow, Function called) const;
  static bool call_one(const Entry& one, Module* module, Flow* flow, Function called, uint32_t& calls);
};

Dispatch::Plan::Plan(const Module& module, uint32_t kind) : kind(kind) {
  first_of_protocol.fill(none);
  NDPI_BITMASK_RESET(protocols);
  const Callbacks all = callbacks_for(module, kind);
  for (uint32_t i = 0; i < all.count; i++) {
    const ndpi_call_function_struct& one = all.first[i];
    // While nothing is detected, a flow's mask of what is has the unknown protocol alone.
    if (!wants(one, kind) || !has(one.detection_bitmask, NDPI_PROTOCOL_UNKNOWN)) continue;
    const uint16_t protocol = one.ndpi_protocol_id;
    NDPI_BITMASK_ADD(protocols, protocol);
    const uint16_t next = std::exchange(first_of_protocol[protocol], static_cast<uint16_t>(entries.size()));
    entries.push_back({one.func, Word{1} << protocol % word_bits, static_cast<uint16_t>(protocol / word_bits), next});
  }
}

uint32_t Dispatch::Plan::call(Module* module, Flow* flow, Function called) const {
  constexpr size_t few = 16;
  Mask excluded;
  // Entries whose protocols are left, a bit each, so that they come in their order.
  std::array<uint64_t, (NDPI_MAX_SUPPORTED_PROTOCOLS + 63) / 64> left{};
  size_t count = 0;
  for (size_t i = 0; i < word_count; i++) {
    excluded.fds_bits[i] = protocols.fds_bits[i] & flow->excluded_protocol_bitmask.fds_bits[i];
    for (Word rest = protocols.fds_bits[i] ^ excluded.fds_bits[i]; rest != 0; rest &= rest - 1) {
      if (++count > few) return call_from(0, module, flow, called);  // a flow's first packet, mostly
      const size_t protocol = i * word_bits + static_cast<size_t>(__builtin_ctz(rest));
      for (uint16_t at = first_of_protocol[protocol]; at != none; at = entries[at].next_of_protocol) left[at / 64] |= uint64_t{1} << at % 64;
    }
  }
  uint32_t calls = 0;
  for (size_t i = 0; i < left.size(); i++) {
    for (uint64_t rest = left[i]; rest != 0; rest &= rest - 1) {
      const size_t entry = i * 64 + static_cast<size_t>(__builtin_ctzll(rest));
      const uint32_t before = calls;
      if (call_one(entries[entry], module, flow, called, calls)) return calls;
      if (calls == before) continue;
      // In words as wide as a dissector has just written one: a wider read would wait for that.
      Word wanted_again = 0;
      for (size_t j = 0; j < word_count; j++) wanted_again |= excluded.fds_bits[j] & ~flow->excluded_protocol_bitmask.fds_bits[j];
      // The dissector for IMAP has that of TLS called again, which may have excluded itself.
      if (wanted_again != 0) return calls + call_from(entry + 1, module, flow, called);
    }
  }
  return calls;
}

uint32_t Dispatch::Plan::call_from(size_t entry, Module* module, Flow* flow, Function called) const {
  uint32_t calls = 0;
  for (const Entry *one = entries.data() + entry, *end = entries.data() + entries.size(); one != end; one++) {
    if (call_one(*one, module, flow, called, calls)) break;
  }
  return calls;
}

// Whether the flow has a protocol now, so that no other is called.
bool Dispatch::Plan::call_one(const Entry& one, Module* module, Flow* flow, Function called, uint32_t& calls) {
  if (one.excluded_by(*flow) || one.function == called) return false;
  one.function(module, flow);
  calls++;
  return flow->detected_protocol_stack[0] != NDPI_PROTOCOL_UNKNOWN;
}

std::unique_ptr<Dispatch> Dispatch::of(const Module* module) {
  if (own_check() == nullptr || !is_as_declared(*module)) return nullptr;
  std::unique_ptr<Dispatch> dispatch(new Dispatch);
  dispatch->plans_.reserve(kind_count);
  for (size_t i = 0; i < kind_count; i++) dispatch->plans_.emplace_back(*module, kind_at(i));
  return dispatch;
}

const Dispatch::Plan* Dispatch::plan_for(uint32_t kind) const {
  const Plan& plan = plans_[index_of(kind)];
  return plan.kind == kind ? &plan : nullptr;
}

uint32_t Dispatch::call_dissectors(Module* module, Flow* flow, uint32_t kind) const {
  const Plan* plan = plan_for(kind);
  // nDPI calls this for flows that have no protocol yet, but for those of rules for addresses.
  if (plan == nullptr || flow->detected_protocol_stack[0] != NDPI_PROTOCOL_UNKNOWN) return own_check()(module, flow, &kind);
  const auto may_be_called = [&](const ndpi_call_function_struct& callback) {
    return wants(callback, kind) && !has(flow->excluded_protocol_bitmask, callback.ndpi_protocol_id) && has(callback.detection_bitmask, NDPI_PROTOCOL_UNKNOWN);
  };
  uint32_t calls = is_without_payload(kind) ? 1 : 0;
  Function called = nullptr;
  const ndpi_proto_defaults_t& guessed = module->proto_defaults[flow->guessed_protocol_id];
  if (guessed.protoId != NDPI_PROTOCOL_UNKNOWN && flow->guessed_protocol_id != NDPI_PROTOCOL_UNKNOWN && guessed.func != nullptr &&
      may_be_called(module->callback_buffer[guessed.protoIdx]) &&
      !(is_without_payload(kind) &&
        (module->callback_buffer[flow->guessed_protocol_id].ndpi_selection_bitmask & NDPI_SELECTION_BITMASK_PROTOCOL_HAS_PAYLOAD) != 0)) {
    guessed.func(module, flow);
    called = guessed.func;
    calls++;
  }
  if (flow->detected_protocol_stack[0] == NDPI_PROTOCOL_UNKNOWN) calls += plan->call(module, flow, called);
  // A dissector may detect another protocol, whose list then goes on at the same place.
  const auto detected = [&]() -> const ndpi_proto_defaults_t& { return module->proto_defaults[flow->detected_protocol_stack[0]]; };
  for (uint32_t i = 0; i < detected().subprotocol_count; i++) {
    const uint16_t subprotocol = detected().subprotocols[i];
    if (subprotocol == static_cast<uint16_t>(NDPI_PROTOCOL_MATCHED_BY_CONTENT)) continue;
    const ndpi_proto_defaults_t& defaults = module->proto_defaults[subprotocol];
    const ndpi_call_function_struct& callback = module->callback_buffer[defaults.protoIdx];
    if (defaults.func != called && may_be_called(callback)) {
      callback.func(module, flow);
      calls++;
    }
    if (flow->detected_protocol_stack[1] != NDPI_PROTOCOL_UNKNOWN) break;
  }
  return calls;
}

#endif

Dispatch::Dispatch() = default;
Dispatch::~Dispatch() = default;

}  // namespace nfstream::ndpi

#if NFSTREAM_NDPI_IS_OPEN

extern "C" __attribute__((visibility("default"))) uint32_t ndpi_check_flow_func(nfstream::ndpi::Module* module, nfstream::ndpi::Flow* flow, uint32_t* kind) {
  const nfstream::ndpi::Dispatch* dispatch = nfstream::ndpi::in_use<const nfstream::ndpi::Dispatch>;
  return dispatch == nullptr ? nfstream::ndpi::own_check()(module, flow, kind) : dispatch->call_dissectors(module, flow, *kind);
}

#endif
