#include "engine/track/tcp/tcp_state.h"

#include "engine/track/server_ports.h"

namespace nfstream {

namespace {

using State = EndpointState;

enum : uint8_t { noted_syn = 1, noted_fin = 2, noted_rst = 4, noted_data = 8, noted_ack = 16, noted_inconsistent = 32, noted_multiple = 64 };

// A SYN or RST whose sequence number jumps further than this is not believed, nor is an acknowledgement of 0.
constexpr int32_t too_far = 1 << 20;

bool is_power_of_ten(uint32_t value) {
  while (value >= 10 && value % 10 == 0) value /= 10;
  return value == 1;
}

}  // namespace

void TcpEndpoint::become(State next) {
  if (next == state) return;
  before = state;
  state = next;
}

// No payload, whether seen or acknowledged.
bool TcpEndpoint::sent_nothing() const {
  const uint32_t furthest = sequence_distance(last, acknowledged) > 0 ? last : acknowledged;
  return sequence_distance(furthest, start) <= (has_fin ? 2 : 1);
}

void TcpState::count(const TcpSegment& segment, int direction, uint16_t from_port, uint16_t to_port) {
  choose_originator(segment, direction, from_port, to_port);
  TcpEndpoint& endpoint = endpoints_[direction];
  TcpEndpoint& peer = endpoints_[1 - direction];
  begin(segment, direction);
  note_flags(segment, direction);
  if (segment.window == 0 && !segment.has(tcp_rst) && peer.state != State::closed && endpoint.state != State::reset) {
    note_by_tens('W', direction, endpoint.zero_windows);
  }
  const uint32_t end = segment.has(tcp_rst) ? segment.end() - segment.payload : segment.end();
  if (segment.has(tcp_fin)) {
    endpoint.has_fin = true;
    endpoint.fin_end = end;
  }
  if (segment.has(tcp_ack)) {
    if (peer.state == State::inactive) {
      peer.start = peer.acknowledged = peer.last = segment.acknowledged - 1;
      peer.seen.begin(segment.acknowledged);
    } else if (!segment.has(tcp_rst)) {
      const int32_t ahead = sequence_distance(segment.acknowledged, peer.acknowledged);
      if (ahead > 0 && !(segment.acknowledged == 0 && ahead > too_far)) peer.acknowledged = segment.acknowledged;
    }
  }
  move_on(segment, direction);
  advance(segment, direction);
  if (segment.has(tcp_ack)) {
    uint32_t to = segment.acknowledged;
    if (peer.has_fin && sequence_distance(to, peer.fin_end) >= 0) to = peer.fin_end - 1;
    const unsigned holes = peer.seen.acknowledge(to);
    if (endpoint.is_clean() && peer.is_clean()) {
      for (unsigned i = 0; i < holes; i++) note_by_tens('G', 1 - direction, peer.gaps);
    }
  }
  if (segment.payload > 0 && !segment.has(tcp_rst)) {
    const uint32_t from = segment.sequence + (segment.has(tcp_syn) ? 1 : 0);
    endpoint.seen.add(from, from + segment.payload);
  }
}

void TcpState::choose_originator(const TcpSegment& segment, int direction, uint16_t from_port, uint16_t to_port) {
  if (begun_) {
    // What came before the first SYN was the end of another connection, or came out of order.
    const bool any_syn = ((endpoints_[0].noted | endpoints_[1].noted) & noted_syn) != 0;
    if (any_syn || !segment.is_first_syn()) return;
    for (TcpEndpoint& endpoint : endpoints_) endpoint = TcpEndpoint{};
    if (originator_ != direction) originate(direction);
    return;
  }
  begun_ = true;
  originator_ = static_cast<uint8_t>(direction);
  if (segment.is_first_syn()) return;
  const bool from_server = is_likely_tcp_server(from_port);
  const bool to_server = is_likely_tcp_server(to_port);
  const bool flips = segment.is_syn_ack() || (from_server && (!to_server || from_port < to_port));
  if (flips) originate(1 - direction);
}

void TcpState::originate(int direction) {
  originator_ = static_cast<uint8_t>(direction);
  note('^', direction);
}

// The numbers that an endpoint begins with.
void TcpState::begin(const TcpSegment& segment, int direction) {
  TcpEndpoint& endpoint = endpoints_[direction];
  const bool syn = segment.has(tcp_syn);
  switch (endpoint.state) {
    case State::inactive: break;
    case State::syn_sent:
    case State::syn_ack_sent:
      if (!syn || segment.sequence == endpoint.start) return;
      break;
    case State::established:
    case State::partial:
      if (!syn) return;
      break;
    case State::reset:
      if (!syn || endpoint.before != State::inactive) return;
      break;
    default: return;
  }
  // The responder's SYN-ACK told where this originator's SYN was: it came out of order.
  const bool late = segment.is_first_syn() && endpoint.state == State::inactive && endpoint.start == segment.sequence &&
                    endpoints_[1 - direction].state == State::established && direction == originator_;
  endpoint.start = syn ? segment.sequence : segment.sequence - 1;
  endpoint.acknowledged = endpoint.start;
  endpoint.last = segment.sequence;
  endpoint.seen.begin(endpoint.start + 1);
  if (late) endpoint.become(State::established);
}

void TcpState::note(char letter, int direction) {
  if (letters_ >= most_letters) return;
  const bool lower = direction != originator_ && letter != '^';
  history_[letters_++] = static_cast<char>(lower ? letter - 'A' + 'a' : letter);
}

void TcpState::note_by_tens(char letter, int direction, uint32_t& times) {
  if (is_power_of_ten(++times)) note(letter, direction);
}

void TcpState::note_flags(const TcpSegment& segment, int direction) {
  TcpEndpoint& endpoint = endpoints_[direction];
  const auto once = [&](uint8_t bit, char letter) {
    if ((endpoint.noted & bit) == 0) note(letter, direction);
    endpoint.noted |= bit;
  };
  // Again when the sequence number is another one than the last time.
  const auto anew = [&](uint8_t bit, char letter, uint32_t& where, uint32_t sequence) {
    if ((endpoint.noted & bit) == 0 || where != sequence) note(letter, direction);
    endpoint.noted |= bit;
    where = sequence;
  };
  switch (segment.flags & (tcp_syn | tcp_fin | tcp_rst)) {
    case 0:
      if (segment.payload > 0) once(noted_data, 'D');
      else if (segment.has(tcp_ack)) once(noted_ack, 'A');
      return;
    case tcp_syn: return anew(noted_syn, segment.has(tcp_ack) ? 'H' : 'S', endpoint.noted_syn, segment.sequence);
    case tcp_fin: return anew(noted_fin, 'F', endpoint.noted_fin, segment.sequence + segment.payload);
    case tcp_rst: return anew(noted_rst, 'R', endpoint.noted_rst, segment.sequence);
    default:
      if (segment.has(tcp_fin) && segment.has(tcp_rst)) once(noted_inconsistent, 'I');
      else once(noted_multiple, 'Q');
  }
}

// How far the endpoint has come. Payload that does not lead further is retransmitted.
void TcpState::move_on(const TcpSegment& segment, int direction) {
  TcpEndpoint& endpoint = endpoints_[direction];
  const uint32_t end = segment.has(tcp_rst) ? segment.end() - segment.payload : segment.end();
  const int32_t ahead = sequence_distance(end, endpoint.last);
  if ((segment.has(tcp_syn) || segment.has(tcp_rst)) && (ahead > too_far || ahead < -too_far)) return;
  if (segment.has(tcp_fin) && endpoint.last == endpoint.start + 1) {
    endpoint.last = end;
  } else if (endpoint.state == State::reset) {
    return;
  } else if (ahead > 0) {
    endpoint.last = end;
  } else if (segment.payload > 0) {
    note_by_tens('T', direction, endpoint.retransmissions);
  }
}

void TcpState::advance(const TcpSegment& segment, int direction) {
  TcpEndpoint& endpoint = endpoints_[direction];
  TcpEndpoint& peer = endpoints_[1 - direction];
  const bool originates = direction == originator_;
  const bool syn = segment.has(tcp_syn), fin = segment.has(tcp_fin), rst = segment.has(tcp_rst), ack = segment.has(tcp_ack);
  switch (endpoint.state) {
    case State::inactive:
      if (syn && originates) {
        endpoint.become(ack ? State::syn_ack_sent : State::syn_sent);
      } else if (syn) {
        if (peer.state == State::syn_sent) peer.become(State::established);
        endpoint.become(State::established);
      }
      if (fin) endpoint.become(State::closed);
      if (rst) endpoint.become(State::reset);
      if (endpoint.state != State::inactive) return;
      // Some systems acknowledge a SYN before they answer it.
      if (!originates && segment.payload == 0 && peer.state == State::syn_sent) return;
      endpoint.become(ack && peer.state == State::established ? State::established : State::partial);
      return;
    case State::syn_sent:
    case State::syn_ack_sent:
      if (fin) endpoint.become(State::closed);
      if (rst) endpoint.become(State::reset);
      return;
    case State::partial:
    case State::established:
      if (syn && !ack && endpoint.state == State::partial && peer.state == State::inactive) endpoint.become(State::syn_sent);
      if (fin && !rst) {
        endpoint.become(State::closed);
        // A FIN and then a RST of the peer was a normal end after all.
        if (peer.state == State::reset && peer.before == State::closed) peer.become(State::closed);
      }
      if (rst) endpoint.become(State::reset);
      return;
    case State::closed:
      if (rst && peer.state != State::closed) endpoint.become(State::reset);
      return;
    case State::reset: return;
  }
}

const char* TcpState::conn_state() const {
  const TcpEndpoint& originator = endpoints_[originator_];
  const TcpEndpoint& responder = endpoints_[1 - originator_];
  const bool asking = originator.state == State::syn_sent || originator.state == State::syn_ack_sent;
  if (responder.state == State::reset) {
    const bool both = originator.state == State::reset && originator.sent_nothing() && responder.sent_nothing();
    if (asking || both) return "REJ";
    return originator.is_quiet() ? "RSTRH" : "RSTR";
  }
  if (originator.state == State::reset) {
    if (!responder.is_quiet()) return "RSTO";
    std::string_view letters = history();
    if (!letters.empty() && letters[0] == '^') letters.remove_prefix(1);
    const size_t reset = letters.find('R');
    const bool only_syn = !letters.empty() && letters[0] == 'S' && reset != std::string_view::npos && letters.find_first_of("HAFGIQ") > reset;
    return only_syn ? "RSTOS0" : "OTH";
  }
  if (originator.state == State::closed && responder.state == State::closed) return "SF";
  if (originator.state == State::closed) return responder.is_quiet() ? "SH" : "S2";
  if (responder.state == State::closed) return originator.is_quiet() ? "SHR" : "S3";
  if (originator.state == State::syn_sent && responder.state == State::inactive) return "S0";
  if (originator.state == State::established && responder.state == State::established) return "S1";
  return "OTH";
}

}  // namespace nfstream
