// The addon's exports; typings/native.d.ts is their contract. No state is shared between environments.
#include <napi.h>
#include <pcap/pcap.h>
#include <unistd.h>

#include <cstdio>

#include "binding/capture_binding.h"
#include "binding/compress_binding.h"
#include "binding/engine_binding.h"
#include "binding/filter_binding.h"
#include "binding/live_binding.h"
#include "binding/merge_binding.h"
#include "binding/row_binding.h"
#include "binding/service_binding.h"
#include "engine/clocks.h"

namespace {

Napi::Value versions(const Napi::CallbackInfo& info) {
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("libpcap", pcap_lib_version());
  return result;
}

// Node's own way out waits for its threads, which may wait for a collection that only this one could do (nodejs/node#54918).
void exit_now(const Napi::CallbackInfo& info) {
  std::fflush(stdout);
  _exit(info[0].As<Napi::Number>().Int32Value());
}

Napi::Value boot_time_ms(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), static_cast<double>(nfstream::boot_ns()) / 1e6); }

Napi::Object define_exports(Napi::Env env, Napi::Object exports) {
  exports.Set("NativeCapture", nfstream::define_capture(env));
  exports.Set("NativeEngine", nfstream::define_engine(env));
  exports.Set("NativeFilter", nfstream::define_filter(env));
  exports.Set("NativeLive", nfstream::define_live(env));
  exports.Set("NativeMerge", nfstream::define_merge(env));
  exports.Set("NativeRowWriter", nfstream::define_row_writer(env));
  exports.Set("bootTimeMs", Napi::Function::New(env, boot_time_ms));
  exports.Set("columns", Napi::Function::New(env, nfstream::list_columns));
  exports.Set("compressBlocks", Napi::Function::New(env, nfstream::compress_blocks));
  exports.Set("decompressBlock", Napi::Function::New(env, nfstream::decompress_block));
  exports.Set("dissectorVersion", Napi::Function::New(env, nfstream::dissector_version));
  exports.Set("entropy", Napi::Function::New(env, nfstream::entropy));
  exports.Set("exitNow", Napi::Function::New(env, exit_now));
  exports.Set("findUser", Napi::Function::New(env, nfstream::find_user));
  exports.Set("interfaces", Napi::Function::New(env, nfstream::interfaces));
  exports.Set("notifyService", Napi::Function::New(env, nfstream::notify_service));
  exports.Set("sourceNumbers", Napi::Function::New(env, nfstream::source_numbers));
  exports.Set("versions", Napi::Function::New(env, versions));
  return exports;
}

}  // namespace

NODE_API_MODULE(nfstream, define_exports)
