// Feed: the event side as a Python object, by pulling.
#pragma once

#include "ref.hpp"

namespace tickcache::python {

extern PyType_Spec feed_type;

}  // namespace tickcache::python
