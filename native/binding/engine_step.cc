#include "binding/engine_step.h"

#include <algorithm>
#include <new>
#include <system_error>
#include <utility>

#include "binding/batch_view.h"
#include "binding/flow_error.h"

namespace nfstream {

Napi::Object step_result(Napi::Env env, MeterStatus status, MeterGroup& meters) {
  Napi::Object result = Napi::Object::New(env);
  result.Set("full", status == MeterStatus::full);
  result.Set("enough", status == MeterStatus::enough);
  result.Set("rows", static_cast<double>(meters.output().rows()));
  result.Set("awaited", meters.has_waiting());
  return result;
}

void Step::add_batch(const Napi::Uint8Array& data, const Napi::Uint8Array& records, const Napi::Value& source) {
  batches_.push_back(view_of(data, records, source, memory_));
}

void Step::Execute() {
  try {
    work();
    if (status_ == MeterStatus::no_memory) throw std::bad_alloc();
  } catch (const std::bad_alloc&) {
    engine_->meters.reset();  // gives memory to those who have to say it
    throw;
  } catch (const NoProcesses& error) {
    fail("ERR_NFSTREAM_PROCESSES", error.what());
  } catch (const std::system_error& error) {
    fail("ERR_NFSTREAM_MEMORY", std::string("No thread could be started for a meter: ") + error.what() + ". Lower meters.");
  }
}

void Step::OnOK() {
  engine_->busy = false;
  Napi::Object result = step_result(Env(), status_, *engine_->meters);
  if (kind_ == StepKind::snapshot) result.Set("threshold", engine_->meters->threshold());
  deferred_.Resolve(result);
}

void Step::OnError(const Napi::Error& error) {
  engine_->busy = false;
  if (code_.empty())
    return deferred_.Reject(coded_error(Env(), "ERR_NFSTREAM_MEMORY", "There is no memory left for the flow table. Lower capacity or idleTimeout.").Value());
  deferred_.Reject(coded_error(Env(), code_, error.Message()).Value());
}

void Step::work() {
  switch (kind_) {
    case StepKind::open: return open();
    case StepKind::feed: status_ = engine_->meters->feed(batches_); return;
    case StepKind::expire: status_ = engine_->meters->expire(now_ms_); return;
    case StepKind::snapshot: status_ = engine_->meters->snapshot(active_, most_); return;
    case StepKind::settle: return engine_->meters->settle();
    case StepKind::flush: status_ = engine_->meters->flush(); return;
  }
}

void Step::fail(const std::string& code, const std::string& text) {
  SetError(text);
  code_ = code;
}

void Step::open() {
  engine_->meters.reset();
  if (engine_->options.dissections > 0) {
    DissectorModule module;
    if (!module.load(engine_->module_path)) return fail(module.code(), module.text());
    DissectorOptions options;
    options.facts = facts_of(engine_->options.columns);
    if (!engine_->protocols_file.empty()) options.protocols_file = engine_->protocols_file.c_str();
    if (!engine_->categories_file.empty()) options.categories_file = engine_->categories_file.c_str();
    auto& dissectors = engine_->dissectors;
    const auto spent = [](DissectorModule::Handle& dissector) { return !dissector->renew(); };
    dissectors.erase(std::remove_if(dissectors.begin(), dissectors.end(), spent), dissectors.end());
    while (dissectors.size() < engine_->meter_count) {
      DissectorModule::Handle dissector = module.create(options);
      if (dissector == nullptr) return fail(module.code(), module.text());
      dissectors.push_back(std::move(dissector));
    }
  }
  std::vector<Dissector*> dissectors(engine_->meter_count, nullptr);
  for (size_t i = 0; i < engine_->dissectors.size(); i++) dissectors[i] = engine_->dissectors[i].get();
  engine_->meters = std::make_unique<MeterGroup>(engine_->options, dissectors);
}

}  // namespace nfstream
