// nDPI's interface does not tell for whom it calls back: a function that it calls here finds by its thread whose call is being made.
#pragma once

namespace nfstream::ndpi {

// glibc takes the memory of a library's variables of a thread when they are first used, and aborts without it, unless they lie in what every
// thread has.
template <class T>
#ifdef __GLIBC__
[[gnu::tls_model("initial-exec")]]
#endif
inline thread_local T* in_use = nullptr;

// While this lives, what nDPI asks of a T on this thread is asked of `one`, which may be null.
template <class T>
class InUse {
 public:
  explicit InUse(T* one) : before_(in_use<T>) { in_use<T> = one; }
  ~InUse() { in_use<T> = before_; }
  InUse(const InUse&) = delete;
  InUse& operator=(const InUse&) = delete;

 private:
  T* before_;
};

}  // namespace nfstream::ndpi
