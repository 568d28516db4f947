// Python.h as this extension uses it, and an owner for references.
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <utility>

namespace tickcache::python {

/// Owns a reference, or nothing.
class Ref {
 public:
  Ref() = default;
  /// Takes over `owned`; nullptr is nothing.
  explicit Ref(PyObject* owned) noexcept : object_(owned) {}
  ~Ref() { Py_XDECREF(object_); }
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Ref& operator=(Ref&& other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  Ref(const Ref&) = delete;
  Ref& operator=(const Ref&) = delete;

  /// A further reference to `borrowed`, which is not nullptr.
  static Ref to(PyObject* borrowed) noexcept {
    Py_INCREF(borrowed);
    return Ref(borrowed);
  }

  explicit operator bool() const noexcept { return object_ != nullptr; }
  [[nodiscard]] PyObject* get() const noexcept { return object_; }
  [[nodiscard]] PyObject* release() noexcept { return std::exchange(object_, nullptr); }

 private:
  PyObject* object_ = nullptr;
};

/// The C function in the form that method tables want.
template <class Function>
PyCFunction as_method(Function* function) noexcept {
  return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function));
}

/// The memory of an object whose type was made from a specification: freed, and the type let go.
inline void free_object(PyObject* self) noexcept {
  PyTypeObject* const type = Py_TYPE(self);
  reinterpret_cast<freefunc>(PyType_GetSlot(type, Py_tp_free))(self);
  Py_DECREF(type);
}

}  // namespace tickcache::python
