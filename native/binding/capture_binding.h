// The class NativeCapture: one capture being read, for JavaScript.
#pragma once

#include <napi.h>

#include <memory>

namespace nfstream {

Napi::Function define_capture(Napi::Env env);

struct Capture;
// What a NativeCapture reads, for a merge: it is busy until the merge gives it back.
std::shared_ptr<Capture> lend_capture(const Napi::Value& capture);

}  // namespace nfstream
