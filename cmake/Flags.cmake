# What every target of this project is compiled with: link to tickcache_flags (PRIVATE).
find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

find_package(Threads REQUIRED)

add_library(tickcache_flags INTERFACE)
target_compile_options(tickcache_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor -Woverloaded-virtual>
  # GCC 12 sees overlaps that cannot be in std::string's operator+ (GCC bug 105651).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  $<$<BOOL:${TICKCACHE_WERROR}>:-Werror>
  -fstack-protector-strong)
target_link_options(tickcache_flags INTERFACE -Wl,-z,relro -Wl,-z,now -Wl,--as-needed)
target_link_libraries(tickcache_flags INTERFACE Threads::Threads)

if(TICKCACHE_SANITIZE)
  add_compile_options(-fsanitize=${TICKCACHE_SANITIZE} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${TICKCACHE_SANITIZE})
  if(TICKCACHE_SANITIZE MATCHES thread)
    # ThreadSanitizer does not see fences, and g++ warns of each. Asio's queues are under a mutex too.
    add_compile_definitions(BOOST_ASIO_DISABLE_FENCED_BLOCK)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12, when it instruments, takes members of Boost's optional for uninitialised.
    add_compile_options(-Wno-maybe-uninitialized)
  endif()
else()
  # Undefined first: a distribution's own flags may set another level.
  target_compile_options(tickcache_flags INTERFACE
    $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE> $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2>)
endif()
include(CheckPIESupported)
check_pie_supported()
