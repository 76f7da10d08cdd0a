#include "engine/track/tcp/tcp_window.h"

#include <algorithm>

namespace nfstream {

namespace {

constexpr uint8_t option_end = 0, option_nothing = 1, option_mss = 2, option_shift = 3;

// RFC 7323, 2.3: a larger one counts as this.
constexpr uint8_t largest_shift = 14;

void read_options(const TcpSegment& segment, TcpOffer& offer) {
  const uint8_t* options = segment.options;
  for (size_t at = 0; at < segment.option_bytes && options[at] != option_end;) {
    if (options[at] == option_nothing) {
      at++;
      continue;
    }
    if (at + 2 > segment.option_bytes) return;
    const size_t length = options[at + 1];
    if (length < 2 || at + length > segment.option_bytes) return;
    if (options[at] == option_mss && length == 4) {
      offer.mss = static_cast<uint16_t>(options[at + 2] << 8 | options[at + 3]);
      offer.has_mss = true;
    } else if (options[at] == option_shift && length == 3) {
      offer.shift = std::min(options[at + 2], largest_shift);
      offer.has_shift = true;
    }
    at += length;
  }
}

}  // namespace

void TcpWindow::count(const TcpSegment& segment, int direction) {
  TcpOffer& own = offers[direction];
  const TcpOffer& peer = offers[1 - direction];
  if (segment.has(tcp_rst)) return;
  if (segment.has(tcp_syn)) {
    if (own.has_syn) return;
    own.has_syn = true;
    own.initial_window = segment.window;
    read_options(segment, own);
    return;
  }
  const uint32_t window = uint32_t{segment.window} << (own.has_shift && peer.has_shift ? own.shift : 0);
  own.min_window = own.has_window ? std::min(own.min_window, window) : window;
  own.max_window = std::max(own.max_window, window);
  own.has_window = true;
}

}  // namespace nfstream
