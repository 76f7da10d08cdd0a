#include "faults/failing_memory.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

extern "C" {
void* __real_malloc(size_t size);
void* __real_realloc(void* block, size_t size);
void* __real_mmap(void* address, size_t size, int protection, int flags, int descriptor, off_t offset);
void* __real_mmap64(void* address, size_t size, int protection, int flags, int descriptor, off_t offset);
}

namespace nfstream::test {

namespace {

struct State {
  Failures failures;
  Ends ends;
  bool active = false;
  bool child = false;
  int answer = -1;  // the child writes here how its run ended
};
State state;

// The function of libndpi that asked, of those that a library tells the names of.
std::string who_asked() {
  void* frames[16];
  const int count = backtrace(frames, 16);
  for (int i = 0; i < count; i++) {
    Dl_info info;
    if (dladdr(frames[i], &info) == 0 || info.dli_fname == nullptr || std::strstr(info.dli_fname, "libndpi") == nullptr) continue;
    const std::string name = info.dli_sname == nullptr ? "a local function" : info.dli_sname;
    if (name != "ndpi_malloc" && name != "ndpi_calloc" && name != "ndpi_realloc" && name != "ndpi_strdup") return name;
  }
  return "another library";
}

std::string end_of(pid_t child, int answer) {
  char text[64];
  const ssize_t size = read(answer, text, sizeof text);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return size > 0 ? std::string(text, static_cast<size_t>(size)) : "crash";
}

// Whether this allocation fails.
bool fails() {
  if (!state.active) return false;
  if (state.child) return state.failures.later_too;
  const size_t before = state.ends.allocations++;
  if (before < state.failures.skip || (before - state.failures.skip) % state.failures.every != 0) return false;
  state.active = false;
  int ends[2];
  if (pipe(ends) != 0) std::abort();
  const pid_t child = fork();
  if (child < 0) std::abort();
  if (child == 0) {
    state.child = true;
    state.active = true;
    state.answer = ends[1];
    // What a crash would say is expected, and not read.
    const int nowhere = open("/dev/null", O_WRONLY);
    dup2(nowhere, 1);
    dup2(nowhere, 2);
    alarm(60);
    return true;
  }
  close(ends[1]);
  const std::string end = end_of(child, ends[0]);
  close(ends[0]);
  state.ends.ended[end]++;
  if (end == "crash") state.ends.crashed[who_asked()]++;
  state.active = true;
  return false;
}

void finish(const std::string& end) {
  state.active = false;
  if (!state.child) return;
  const ssize_t written = write(state.answer, end.data(), end.size());
  _exit(written < 0 ? 1 : 0);
}

}  // namespace

bool engine_fails() { return state.failures.from == Failures::From::engine && fails(); }
bool ndpi_fails() { return state.failures.from == Failures::From::ndpi && fails(); }

Ends fail_each_allocation(const Failures& failures, const std::function<std::string()>& run) {
  state = State();
  state.failures = failures;
  state.active = true;
  finish(run());
  return state.ends;
}

}  // namespace nfstream::test

extern "C" void* __wrap_malloc(size_t size) {
  if (nfstream::test::engine_fails()) {
    errno = ENOMEM;
    return nullptr;
  }
  return __real_malloc(size);
}

extern "C" void* __wrap_realloc(void* block, size_t size) {
  if (nfstream::test::engine_fails()) {
    errno = ENOMEM;
    return nullptr;
  }
  return __real_realloc(block, size);
}

extern "C" void* __wrap_mmap(void* address, size_t size, int protection, int flags, int descriptor, off_t offset) {
  if (nfstream::test::engine_fails()) {
    errno = ENOMEM;
    return MAP_FAILED;
  }
  return __real_mmap(address, size, protection, flags, descriptor, offset);
}

extern "C" void* __wrap_mmap64(void* address, size_t size, int protection, int flags, int descriptor, off_t offset) {
  if (nfstream::test::engine_fails()) {
    errno = ENOMEM;
    return MAP_FAILED;
  }
  return __real_mmap64(address, size, protection, flags, descriptor, offset);
}
