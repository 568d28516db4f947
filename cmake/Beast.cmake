# Asio and Beast, their common parts compiled once: link to tickcache_beast.
find_package(Boost 1.74 REQUIRED)
find_package(OpenSSL REQUIRED)
add_library(tickcache_beast STATIC EXCLUDE_FROM_ALL ${CMAKE_CURRENT_LIST_DIR}/beast.cpp)
target_compile_definitions(tickcache_beast PUBLIC
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION)
target_link_libraries(tickcache_beast PUBLIC Boost::headers OpenSSL::SSL Threads::Threads)
