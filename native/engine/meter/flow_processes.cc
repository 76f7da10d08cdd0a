#include "engine/meter/flow_processes.h"

#include <cstring>

namespace nfstream {

namespace {

constexpr uint8_t protocol_udp = 17;

// What is in a tunnel is between other machines, whatever their addresses.
bool may_have_socket(const RecordKey& key) { return (key.protocol() == protocol_tcp || key.protocol() == protocol_udp) && key.fields().tunnel_id() == 0; }

SocketEnd source_of(const FlowRecord& flow) {
  const RecordKey& key = flow.key;
  const bool larger = flow.source_is_larger;
  SocketEnd end{key.protocol(), key.ip_version(), key.port(larger), key.port(!larger), {}, {}};
  std::memcpy(end.local, key.address(larger), key.address_size());
  std::memcpy(end.remote, key.address(!larger), key.address_size());
  return end;
}

}  // namespace

void FlowProcesses::begin(uint32_t flow, const FlowRecord* before) {
  FlowRecord& record = table_.at(flow);
  if (!may_have_socket(record.key)) return;
  FlowProcess& process = layout_.process(record);
  process.serial = ++serials_;
  if (before != nullptr && layout_.process(*before).known()) {
    const FlowProcess& known = layout_.process(*before);
    (void)process.note(known.pid, std::string(known.name, known.name_size), known.by_listener);  // without memory it is asked for
  }
  if (!process.known()) ask(flow, record);
}

void FlowProcesses::end(uint32_t flow) {
  FlowRecord& record = table_.at(flow);
  const FlowProcess& process = layout_.process(record);
  if (process.serial != 0 && (!process.known() || process.by_listener)) ask(flow, record);
}

void FlowProcesses::ask(uint32_t flow, FlowRecord& record) {
  FlowProcess& process = layout_.process(record);
  process.due++;
  questions_.push_back({process.serial, flow, source_of(record)});
  if (questions_.size() >= most_held) send();
}

// What there is no room for is not asked: it may be when the flow ends.
void FlowProcesses::send() {
  for (size_t asked = lookup_.ask(box_, questions_); asked < questions_.size(); asked++) layout_.process(table_.at(questions_[asked].flow)).due--;
  questions_.clear();
}

bool FlowProcesses::exchange() {
  if (!questions_.empty()) send();
  lookup_.take(box_, answers_);
  bool memory = true;
  for (const ProcessAnswer& answer : answers_) {
    if (!table_.has(answer.flow)) continue;
    FlowProcess& process = layout_.process(table_.at(answer.flow));
    if (process.serial != answer.serial) continue;  // of a flow that has left
    process.due--;
    memory = process.note(answer.process.pid, answer.process.name, answer.listens) && memory;
  }
  answers_.clear();
  return memory;
}

}  // namespace nfstream
