// The class NativeLive, a capture from devices, and the list of them, for JavaScript.
#pragma once

#include <napi.h>

namespace nfstream {

Napi::Function define_live(Napi::Env env);
Napi::Value interfaces(const Napi::CallbackInfo& info);

}  // namespace nfstream
