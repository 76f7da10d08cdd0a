// What the command tells the manager of the service that it runs as, for JavaScript.
#pragma once

#include <napi.h>

namespace nfstream {

Napi::Value notify_service(const Napi::CallbackInfo& info);

}  // namespace nfstream
