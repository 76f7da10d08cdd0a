// The class NativeLive, a capture from devices, the list of them, and users who need no rights once they are open, for JavaScript.
#pragma once

#include <napi.h>

namespace nfstream {

Napi::Function define_live(Napi::Env env);
Napi::Value interfaces(const Napi::CallbackInfo& info);
Napi::Value find_user(const Napi::CallbackInfo& info);

}  // namespace nfstream
