// A dissector module: a shared library that is loaded on first use and stays loaded.
#pragma once

#include <memory>
#include <string>

#include "engine/dissect/dissector.h"

namespace nfstream {

class DissectorModule {
 public:
  using Handle = std::unique_ptr<Dissector, nfstream_dissector_destroy_fn>;

  // False when it can't be loaded; then `code` and `text` say why (a FlowError code and a sentence).
  bool load(const std::string& path);
  // Null when it can't be made; `code` and `text` say why.
  Handle create(const DissectorOptions& options);
  std::string version() const { return version_(); }

  const std::string& code() const { return code_; }
  const std::string& text() const { return text_; }

 private:
  bool fail(const char* code, const std::string& text);

  nfstream_dissector_version_fn version_ = nullptr;
  nfstream_dissector_create_fn create_ = nullptr;
  nfstream_dissector_destroy_fn destroy_ = nullptr;
  std::string code_;
  std::string text_;
};

}  // namespace nfstream
