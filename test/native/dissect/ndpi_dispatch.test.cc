#include "engine/dissect/ndpi/ndpi_dispatch.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "dissect/ndpi_own.h"
#include "dissect/temporary_file.h"
#include "engine/dissect/ndpi/address_answers.h"
#include "faults/ndpi_run.h"

#if NFSTREAM_NDPI_IS_OPEN

using namespace nfstream;
using namespace nfstream::ndpi;
using namespace nfstream::test;

namespace {

// A module that is set up, with the flows that it has seen.
class Run {
 public:
  explicit Run(const char* rules) : module_(new_module()) {
    REQUIRE(module_ != nullptr);
    enable_all(module_);
    if (rules != nullptr) {
      const TemporaryFile file(rules);
      REQUIRE(ndpi_load_protocols_file(module_, file.path()) >= 0);
    }
    finish(module_);
  }
  ~Run() {
    for (auto& [key, flow] : flows_) ndpi_free_flow_data(flow.get());
    ndpi_exit_detection_module(module_);
  }
  Run(const Run&) = delete;

  Module* module() const { return module_; }
  const Flow& see(const std::string& key, const std::vector<uint8_t>& packet, uint16_t size, uint64_t time_ms) {
    std::unique_ptr<Flow>& flow = flows_[key];
    if (flow == nullptr) flow = std::make_unique<Flow>();
    std::copy(packet.begin(), packet.end(), packet_.begin());
    process(module_, flow.get(), packet_.data(), size, time_ms);
    more_to_come(module_, flow.get(), {});
    return *flow;
  }
  const Flow& give_up(const std::string& key) {
    ndpi::give_up(module_, flows_.at(key).get());
    return *flows_.at(key);
  }
  std::vector<std::string> keys() const {
    std::vector<std::string> all;
    for (const auto& [key, flow] : flows_) all.push_back(key);
    return all;
  }

 private:
  Module* module_;
  std::map<std::string, std::unique_ptr<Flow>> flows_;
  // nDPI keeps pointers to the last packet.
  std::vector<uint8_t> packet_ = std::vector<uint8_t>(66000);
};

// What nDPI has found of a flow, and which of its dissectors it will not call again.
std::string state_of(const Flow& flow) {
  std::string all(reinterpret_cast<const char*>(&flow.excluded_protocol_bitmask), sizeof flow.excluded_protocol_bitmask);
  for (const unsigned value :
       {static_cast<unsigned>(flow.detected_protocol_stack[0]), static_cast<unsigned>(flow.detected_protocol_stack[1]),
        static_cast<unsigned>(flow.guessed_protocol_id), static_cast<unsigned>(flow.guessed_host_protocol_id), static_cast<unsigned>(flow.category),
        static_cast<unsigned>(flow.confidence), static_cast<unsigned>(flow.num_processed_pkts), static_cast<unsigned>(flow.fail_with_unknown),
        static_cast<unsigned>(flow.check_extra_packets), static_cast<unsigned>(flow.risk), static_cast<unsigned>(flow.risk >> 32)}) {
    all += ' ' + std::to_string(value);
  }
  return all + ' ' + flow.host_server_name;
}

// Both ends in one order, and what is between them.
std::string key_of(const PacketRecord& record, const uint8_t* ip) {
  const bool v4 = record.ip_version() == 4;
  const size_t length = v4 ? 4 : 16;
  const char* addresses = reinterpret_cast<const char*>(ip) + (v4 ? 12 : 8);
  const std::string one = std::string(addresses, length) + std::to_string(record.src_port);
  const std::string other = std::string(addresses + length, length) + std::to_string(record.dst_port);
  return std::min(one, other) + '|' + std::max(one, other) + '|' + std::to_string(record.protocol);
}

const char* const captures[] = {"dhcp", "dns", "ftp", "http", "ipv6", "mdns", "ntp", "office", "ping", "portscan", "quic", "smtp", "ssh", "stun", "tls"};

// Shows both runs the packets of the captures, some of whose bytes are others, and counts the packets and flows behind which they differ.
std::pair<size_t, size_t> compare(Run& ours, Run& own, Dispatch* dispatch, AddressAnswers* answers, unsigned damage) {
  std::mt19937 random(damage);
  size_t packets = 0, different = 0;
  for (const char* name : captures) {
    const CapturePackets capture(std::string("../../fixtures/") + name + ".pcap");
    for (const PacketBatchView& batch : capture.batches()) {
      for (size_t i = 0; i < batch.count; i++) {
        const PacketRecord& record = batch.records[i];
        if (record.ip_version() == 0 || record.later_fragment()) continue;
        const uint8_t* ip = batch.data + record.data_offset + record.l3_offset;
        std::vector<uint8_t> packet(ip, ip + record.captured_length - record.l3_offset);
        const size_t payload = record.l4_offset - record.l3_offset + size_t{record.transport_header};
        for (unsigned one = 0; one < damage && payload < packet.size(); one++) packet[payload + random() % (packet.size() - payload)] ^= 1u << random() % 8;
        const auto size = static_cast<uint16_t>(packet.size());
        packet.resize(packet.size() + 64);
        const std::string key = key_of(record, ip);
        std::string state;
        {
          const DispatchUse use(dispatch);
          const AddressAnswersUse answer(answers);
          state = state_of(ours.see(key, packet, size, 1000 + packets));
        }
        different += state == state_of(own.see(key, packet, size, 1000 + packets)) ? 0 : 1;
        packets++;
      }
    }
  }
  for (const std::string& key : own.keys()) {
    std::string state;
    {
      const AddressAnswersUse answer(answers);
      state = state_of(ours.give_up(key));
    }
    different += state == state_of(own.give_up(key)) ? 0 : 1;
  }
  return {packets, different};
}

// What a dissector of the test's own does to a flow: excludes protocols, takes one back, detects one.
struct Deed {
  std::vector<uint16_t> excludes;
  uint16_t wants_again = 0;
  uint16_t detects = 0;
  uint16_t detects_below = 0;
};

constexpr int most_dissectors = 48;
std::vector<Deed> deeds;
std::vector<int> called;

template <int number>
void dissect(Module*, Flow* flow) {
  called.push_back(number);
  const Deed& deed = deeds[number];
  for (const uint16_t protocol : deed.excludes) NDPI_ADD_PROTOCOL_TO_BITMASK(flow->excluded_protocol_bitmask, protocol);
  if (deed.wants_again != 0) NDPI_DEL_PROTOCOL_FROM_BITMASK(flow->excluded_protocol_bitmask, deed.wants_again);
  if (deed.detects != 0) flow->detected_protocol_stack[0] = deed.detects;
  if (deed.detects_below != 0) flow->detected_protocol_stack[1] = deed.detects_below;
}

using Function = void (*)(Module*, Flow*);

template <int... numbers>
std::vector<Function> dissectors(std::integer_sequence<int, numbers...>) {
  return {dissect<numbers>...};
}

constexpr uint32_t kind_bits[] = {NDPI_SELECTION_BITMASK_PROTOCOL_IP, NDPI_SELECTION_BITMASK_PROTOCOL_IPV6, NDPI_SELECTION_BITMASK_PROTOCOL_HAS_PAYLOAD,
                                  NDPI_SELECTION_BITMASK_PROTOCOL_NO_TCP_RETRANSMISSION, NDPI_SELECTION_BITMASK_PROTOCOL_INT_TCP_OR_UDP};

// Dissectors that do anything, in a module that was never set up.
void fill(Module& module, std::mt19937& random) {
  static const std::vector<Function> functions = dissectors(std::make_integer_sequence<int, most_dissectors>());
  const auto protocol = [&] { return static_cast<uint16_t>(1 + random() % 40); };
  deeds.assign(most_dissectors, {});
  struct Table {
    ndpi_call_function_struct* first;
    uint32_t* count;
  };
  const Table tables[] = {{module.callback_buffer_tcp_payload, &module.callback_buffer_size_tcp_payload},
                          {module.callback_buffer_tcp_no_payload, &module.callback_buffer_size_tcp_no_payload},
                          {module.callback_buffer_udp, &module.callback_buffer_size_udp},
                          {module.callback_buffer_non_tcp_udp, &module.callback_buffer_size_non_tcp_udp}};
  for (const Table& table : tables) *table.count = 0;
  for (int number = 0; number < most_dissectors; number++) {
    Deed& deed = deeds[number];
    while (random() % 2 == 0) deed.excludes.push_back(protocol());
    if (random() % 6 == 0) deed.wants_again = protocol();
    if (random() % 30 == 0) deed.detects = protocol();
    if (random() % 30 == 0) deed.detects_below = protocol();
    ndpi_call_function_struct one = {};
    one.func = functions[static_cast<size_t>(number)];
    one.ndpi_protocol_id = protocol();  // some have two
    for (const uint32_t bit : kind_bits) one.ndpi_selection_bitmask |= random() % 5 == 0 ? bit : 0;
    NDPI_SAVE_AS_BITMASK(one.excluded_protocol_bitmask, one.ndpi_protocol_id);
    if (random() % 10 != 0) NDPI_BITMASK_ADD(one.detection_bitmask, NDPI_PROTOCOL_UNKNOWN);
    module.callback_buffer[number + 1] = one;
    for (const Table& table : tables) table.first[(*table.count)++] = one;
    ndpi_proto_defaults_t& defaults = module.proto_defaults[one.ndpi_protocol_id];
    defaults.protoId = one.ndpi_protocol_id;
    defaults.protoIdx = static_cast<uint16_t>(number + 1);
    defaults.func = one.func;
  }
}

}  // namespace

TEST_CASE("dissectors are called in nDPI's order, whatever they exclude, take back and detect") {
  const auto own = own_of(&ndpi_check_flow_func, "ndpi_check_flow_func");
  const std::unique_ptr<Module, decltype(&std::free)> module(static_cast<Module*>(std::calloc(1, sizeof(Module))), std::free);
  ndpi_tcphdr tcp = {};
  ndpi_udphdr udp = {};
  std::vector<uint16_t> below[41];
  std::mt19937 random(11);
  size_t calls = 0, detected = 0, none = 0;
  for (int round = 0; round < 300; round++) {
    fill(*module, random);
    for (uint16_t protocol = 1; protocol <= 40; protocol++) {
      below[protocol].clear();
      while (random() % 3 == 0) below[protocol].push_back(random() % 8 == 0 ? static_cast<uint16_t>(NDPI_PROTOCOL_MATCHED_BY_CONTENT) : 1 + random() % 40);
      module->proto_defaults[protocol].subprotocols = below[protocol].data();
      module->proto_defaults[protocol].subprotocol_count = static_cast<uint32_t>(below[protocol].size());
    }
    const std::unique_ptr<Dispatch> dispatch = Dispatch::of(module.get());
    REQUIRE(dispatch != nullptr);
    for (int packet = 0; packet < 200; packet++) {
      uint32_t kind = NDPI_SELECTION_BITMASK_PROTOCOL_COMPLETE_TRAFFIC | NDPI_SELECTION_BITMASK_PROTOCOL_IPV4_OR_IPV6;
      kind |= random() % 2 == 0 ? NDPI_SELECTION_BITMASK_PROTOCOL_IP : NDPI_SELECTION_BITMASK_PROTOCOL_IPV6;
      const bool payload = random() % 3 != 0;
      if (payload) kind |= NDPI_SELECTION_BITMASK_PROTOCOL_HAS_PAYLOAD;
      if (random() % 3 != 0) kind |= NDPI_SELECTION_BITMASK_PROTOCOL_NO_TCP_RETRANSMISSION;
      const unsigned transport = random() % 4;
      if (transport <= 1) kind |= NDPI_SELECTION_BITMASK_PROTOCOL_INT_TCP | NDPI_SELECTION_BITMASK_PROTOCOL_INT_TCP_OR_UDP;
      if (transport == 2) kind |= NDPI_SELECTION_BITMASK_PROTOCOL_INT_UDP | NDPI_SELECTION_BITMASK_PROTOCOL_INT_TCP_OR_UDP;
      module->packet.tcp = transport <= 1 ? &tcp : nullptr;
      module->packet.udp = transport == 2 ? &udp : nullptr;
      module->packet.payload_packet_len = payload ? 10 : 0;
      if (random() % 40 == 0) kind = 0;
      Flow flow = {};
      flow.guessed_protocol_id = random() % 2 == 0 ? 0 : static_cast<uint16_t>(random() % 60);
      if (random() % 20 == 0) flow.detected_protocol_stack[0] = static_cast<uint16_t>(1 + random() % 40);
      for (unsigned more = random() % 3 * 30; more > 0; more--) {
        const unsigned excluded = 1 + random() % 40;
        NDPI_ADD_PROTOCOL_TO_BITMASK(flow.excluded_protocol_bitmask, excluded);
      }
      Flow other = flow;
      called.clear();
      const uint32_t count = dispatch->call_dissectors(module.get(), &flow, kind);
      const std::vector<int> ours = called;
      called.clear();
      REQUIRE(count == own(module.get(), &other, &kind));
      REQUIRE(ours == called);
      REQUIRE(state_of(flow) == state_of(other));
      calls += ours.size();
      detected += flow.detected_protocol_stack[0] != 0 ? 1 : 0;
      none += ours.empty() ? 1 : 0;
    }
  }
  CHECK(calls > 100'000);
  CHECK(detected > 1000);
  CHECK(none > 1000);
}

TEST_CASE("the dissectors that are called leave each flow as nDPI's own choice does, packet by packet") {
  for (const char* rules : {static_cast<const char*>(nullptr), "tcp:443@Shop\nudp:53@Names\nip:10.0.0.0/8@Inside"}) {
    for (const unsigned damage : {0, 1, 3, 30}) {
      CAPTURE(damage);
      Run ours(rules), own(rules);
      const std::unique_ptr<Dispatch> dispatch = Dispatch::of(ours.module());
      REQUIRE(dispatch != nullptr);
      AddressAnswers answers;
      const auto [packets, different] = compare(ours, own, dispatch.get(), &answers, damage);
      CHECK(packets > 1000);
      CHECK(different == 0);
    }
  }
}

TEST_CASE("a module that is not as the headers say chooses by itself") {
  Run run(nullptr);
  REQUIRE(Dispatch::of(run.module()) != nullptr);
  ndpi_call_function_struct& one = run.module()->callback_buffer_udp[3];
  const ndpi_call_function_struct before = one;
  one.func = nullptr;
  CHECK(Dispatch::of(run.module()) == nullptr);
  one = before;
  one.ndpi_protocol_id++;
  CHECK(Dispatch::of(run.module()) == nullptr);
  one = before;
  const uint32_t size = std::exchange(run.module()->callback_buffer_size_udp, 70000);
  CHECK(Dispatch::of(run.module()) == nullptr);
  run.module()->callback_buffer_size_udp = size;
  CHECK(Dispatch::of(run.module()) != nullptr);
}

#endif
