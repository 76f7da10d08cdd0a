// The class NativeCapture: one capture being read, for JavaScript.
#pragma once

#include <napi.h>

namespace nfstream {

Napi::Function define_capture(Napi::Env env);

}  // namespace nfstream
