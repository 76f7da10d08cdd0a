// The class NativeRowWriter: rows of columns as text.
#pragma once

#include <napi.h>

namespace nfstream {

Napi::Function define_row_writer(Napi::Env env);

}  // namespace nfstream
