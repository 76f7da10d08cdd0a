// The class NativeFilter: a filter expression, compiled once for all captures that it is for.
#pragma once

#include <napi.h>

#include <memory>

namespace nfstream {

class FilterPrograms;

Napi::Function define_filter(Napi::Env env);

// Of a NativeFilter, or null for null.
std::shared_ptr<FilterPrograms> filter_of(const Napi::Value& filter);

}  // namespace nfstream
