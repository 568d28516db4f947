// What of Asio and Beast need not be compiled in every source that includes them.

// Beast 1.74's HTTP parser asserts what a server decides: that the last chunk does not come in
// pieces. Without the assertion it copes.
#define BOOST_DISABLE_ASSERTS
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
