# The decision machine: standard library only.
add_library(tickcached_upstream STATIC
  ${CMAKE_CURRENT_LIST_DIR}/connection.cpp
  ${CMAKE_CURRENT_LIST_DIR}/negotiation.cpp
  ${CMAKE_CURRENT_LIST_DIR}/replies.cpp
  ${CMAKE_CURRENT_LIST_DIR}/request.cpp
  ${CMAKE_CURRENT_LIST_DIR}/subscriptions.cpp
  ${CMAKE_CURRENT_LIST_DIR}/upstream.cpp)
target_include_directories(tickcached_upstream PUBLIC
  ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/include)
target_link_libraries(tickcached_upstream PRIVATE tickcache_flags)
