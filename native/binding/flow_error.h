// Errors that carry a FlowError code to JavaScript, where lib/ makes FlowErrors of them.
#pragma once

#include <napi.h>

#include <string>

namespace nfstream {

inline Napi::Error coded_error(Napi::Env env, const std::string& code, const std::string& text) {
  Napi::Error error = Napi::Error::New(env, text);
  error.Set("code", Napi::String::New(env, code));
  return error;
}

// The same without memory of its own.
inline Napi::Error coded_error(Napi::Env env, const char* code, const char* text) {
  Napi::Error error = Napi::Error::New(env, text);
  error.Set("code", Napi::String::New(env, code));
  return error;
}

}  // namespace nfstream
