// Compression of an output's blocks, away from the JavaScript thread.
#pragma once

#include <napi.h>

namespace nfstream {

Napi::Value compress_blocks(const Napi::CallbackInfo& info);

}  // namespace nfstream
