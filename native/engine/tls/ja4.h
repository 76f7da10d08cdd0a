// JA4, FoxIO's fingerprint of TLS clients (github.com/FoxIO-LLC/ja4, technical_details/JA4.md).
#pragma once

#include <string>

#include "engine/tls/client_hello.h"

namespace nfstream::tls {

enum class Transport : char { tcp = 't', quic = 'q', dtls = 'd' };

// Such as "t13d1516h2_8daaf6152771_e5627efa2ab1".
std::string ja4(const ClientHello& hello, Transport transport);

}  // namespace nfstream::tls
