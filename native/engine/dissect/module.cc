#include "engine/dissect/module.h"

#include <dlfcn.h>

#include <cerrno>

namespace nfstream {

bool DissectorModule::fail(const char* code, const std::string& text) {
  code_ = code;
  text_ = text;
  return false;
}

bool DissectorModule::load(const std::string& path) {
  // Never closed: nDPI's tables and the threads that use them outlive any one flow table. A second load gives the same library.
  errno = 0;
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    if (errno == ENOMEM) return fail("ERR_NFSTREAM_MEMORY", "There is no memory left to load libndpi. Free some, or do without labels: dissections 0.");
    const char* const remedies =
        "Install it (on Debian: libndpi-dev) and build nfstream again, name another module in NFSTREAM_NDPI, or do without labels: dissections 0.";
    return fail("ERR_NFSTREAM_NO_NDPI", std::string("libndpi could not be loaded: ") + dlerror() + ". " + remedies);
  }
  const auto abi = reinterpret_cast<nfstream_dissector_abi_fn>(dlsym(library, "nfstream_dissector_abi"));
  version_ = reinterpret_cast<nfstream_dissector_version_fn>(dlsym(library, "nfstream_dissector_version"));
  create_ = reinterpret_cast<nfstream_dissector_create_fn>(dlsym(library, "nfstream_dissector_create"));
  destroy_ = reinterpret_cast<nfstream_dissector_destroy_fn>(dlsym(library, "nfstream_dissector_destroy"));
  if (abi == nullptr || version_ == nullptr || create_ == nullptr || destroy_ == nullptr || abi() != dissector_abi) {
    return fail("ERR_NFSTREAM_NDPI_MISMATCH", path + " is not a dissector module of this release; build it again: nfstream build-ndpi");
  }
  return true;
}

DissectorModule::Handle DissectorModule::create(const DissectorOptions& options) {
  char error[1024] = "";
  Handle made(create_(options, error, sizeof error), destroy_);
  if (made == nullptr) {
    const std::string whole(error);
    const size_t tab = whole.find('\t');
    fail(tab == std::string::npos ? "ERR_NFSTREAM_NO_NDPI" : whole.substr(0, tab).c_str(), whole.substr(tab == std::string::npos ? 0 : tab + 1));
  }
  return made;
}

}  // namespace nfstream
