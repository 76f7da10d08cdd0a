// Compression of an output's blocks, away from the JavaScript thread; decompression of an input's, on it.
#pragma once

#include <napi.h>

namespace nfstream {

Napi::Value compress_blocks(const Napi::CallbackInfo& info);
Napi::Value decompress_block(const Napi::CallbackInfo& info);

}  // namespace nfstream
