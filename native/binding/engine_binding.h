// The class NativeEngine: a meter for JavaScript.
#pragma once

#include <napi.h>

namespace nfstream {

Napi::Function define_engine(Napi::Env env);
Napi::Value list_columns(const Napi::CallbackInfo& info);
// The entropy of a Uint8Array that is not empty, in bits a byte.
Napi::Value entropy(const Napi::CallbackInfo& info);
Napi::Value source_numbers(const Napi::CallbackInfo& info);
Napi::Value dissector_version(const Napi::CallbackInfo& info);

}  // namespace nfstream
