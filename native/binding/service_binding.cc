#include "binding/service_binding.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>

namespace nfstream {

namespace {

// The number of the error, or 0.
int send_datagram(const std::string& path, const std::string& text) {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  if (path.size() < 2 || path.size() >= sizeof to.sun_path || (path[0] != '/' && path[0] != '@')) return EINVAL;
  std::memcpy(to.sun_path, path.data(), path.size());
  if (path[0] == '@') to.sun_path[0] = '\0';  // a name that no file has
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return errno;
  const ssize_t sent = ::sendto(descriptor, text.data(), text.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&to), length);
  const int failed = sent < 0 ? errno : 0;
  ::close(descriptor);
  return failed;
}

}  // namespace

// Node has no datagrams of the local kind, which are what sd_notify(3) is.
Napi::Value notify_service(const Napi::CallbackInfo& info) {
  const int failed = send_datagram(info[0].As<Napi::String>(), info[1].As<Napi::String>());
  return failed == 0 ? info.Env().Null() : Napi::String::New(info.Env(), std::strerror(failed));
}

}  // namespace nfstream
