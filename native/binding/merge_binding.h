// The addon's NativeMerge: several captures as one timeline.
#pragma once

#include <napi.h>

namespace nfstream {

Napi::Function define_merge(Napi::Env env);

}  // namespace nfstream
