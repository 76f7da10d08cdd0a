// Which end of a conversation is likely the server, by its port: the ports of Zeek 8's `likely_server_ports` with its default scripts.
#pragma once

#include <cstdint>

namespace nfstream {

inline bool is_likely_tcp_server(uint16_t port) {
  switch (port) {
    case 21:
    case 22:
    case 25:
    case 53:
    case 79:
    case 80:
    case 81:
    case 88:
    case 135:
    case 139:
    case 143:
    case 389:
    case 443:
    case 445:
    case 465:
    case 502:
    case 514:
    case 563:
    case 585:
    case 587:
    case 614:
    case 631:
    case 636:
    case 989:
    case 990:
    case 992:
    case 993:
    case 995:
    case 1080:
    case 1434:
    case 1883:
    case 2811:
    case 3128:
    case 3268:
    case 3306:
    case 3389:
    case 5222:
    case 5223:
    case 5269:
    case 5432:
    case 6379:
    case 6666:
    case 6667:
    case 6668:
    case 6669:
    case 8000:
    case 8080:
    case 8888:
    case 20000: return true;
    default: return false;
  }
}

inline bool is_likely_udp_server(uint16_t port) {
  switch (port) {
    case 53:
    case 67:
    case 88:
    case 123:
    case 137:
    case 161:
    case 162:
    case 389:
    case 443:
    case 514:
    case 1812:
    case 2123:
    case 2152:
    case 3389:
    case 3544:
    case 4011:
    case 4754:
    case 4789:
    case 5060:
    case 5072:
    case 5353:
    case 5355:
    case 6081:
    case 20000: return true;
    default: return false;
  }
}

}  // namespace nfstream
