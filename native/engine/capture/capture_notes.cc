#include "engine/capture/capture_notes.h"

#include <utility>

namespace nfstream {

void CaptureNotes::add_interface(InterfaceNote note) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (interfaces_ == most_interfaces || note.options.size() > most_bytes - bytes_) {
    if (!waiting_.unknown_from) waiting_.unknown_from = note.first_packet;
    return;
  }
  interfaces_++;
  bytes_ += note.options.size();
  waiting_.interfaces.push_back(std::move(note));
}

bool CaptureNotes::has_room_for_secrets(size_t size) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (size <= most_bytes - bytes_) return true;
  waiting_.secrets_left_out++;
  return false;
}

void CaptureNotes::add_secrets(SecretsNote note) {
  const std::lock_guard<std::mutex> lock(mutex_);
  bytes_ += note.data.size();
  waiting_.secrets.push_back(std::move(note));
}

CaptureNotes::Taken CaptureNotes::take() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return std::exchange(waiting_, {});
}

namespace {

void put(std::vector<uint8_t>& to, uint64_t value, size_t bytes) {
  for (size_t at = 0; at < bytes; at++) to.push_back(static_cast<uint8_t>(value >> 8 * at));
}

}  // namespace

void keep_option(std::vector<uint8_t>& options, uint16_t code, const uint8_t* value, size_t length, const ByteOrder& order) {
  bool is_number = false;
  switch (code) {
    case 1:   // opt_comment
    case 2:   // if_name
    case 3:   // if_description
    case 4:   // if_IPv4addr
    case 5:   // if_IPv6addr
    case 6:   // if_MACaddr
    case 7:   // if_EUIaddr
    case 11:  // if_filter
    case 12:  // if_os
    case 13:  // if_fcslen
    case 15:  // if_hardware
    case 18:  // if_iana_tzname
      break;
    case 8:   // if_speed
    case 16:  // if_txspeed
    case 17:  // if_rxspeed
      if (length != 8) return;
      is_number = true;
      break;
    default: return;
  }
  put(options, code, 2);
  put(options, length, 2);
  if (is_number) {
    put(options, order.u64(value), 8);
    return;
  }
  options.insert(options.end(), value, value + length);
  options.resize((options.size() + 3) & ~size_t{3});
}

}  // namespace nfstream
