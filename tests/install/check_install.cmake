# Installs, inspects and uses the library; stops with an error at the first thing that is wrong.
# Run by ctest; CMakeLists.txt says with which variables.
set(PREFIX ${SCRATCH}/prefix)
set(SO ${PREFIX}/${LIBDIR}/libtickcache.so)

function(run out)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output
                  ERROR_VARIABLE output_error)
  if(NOT result EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\ngave ${result}:\n${output}\n${output_error}")
  endif()
  set(${out} "${output}" PARENT_SCOPE)
endfunction()

function(must_be_there)
  foreach(path ${ARGN})
    if(NOT EXISTS ${PREFIX}/${path})
      message(FATAL_ERROR "not installed: ${path}")
    endif()
  endforeach()
endfunction()

# --- install

file(REMOVE_RECURSE ${SCRATCH})
# Only the library's part: the rest of the project need not be built for this test.
run(ignored ${CMAKE_COMMAND} --install ${LIBCACHE_DIR} --prefix ${PREFIX})
must_be_there(${LIBDIR}/libtickcache.so ${LIBDIR}/libtickcache.so.0
              ${LIBDIR}/libtickcache.so.${VERSION} ${LIBDIR}/pkgconfig/tickcache.pc
              ${LIBDIR}/cmake/tickcache/tickcacheConfig.cmake
              ${LIBDIR}/cmake/tickcache/tickcacheConfigVersion.cmake)
file(GLOB headers RELATIVE ${HEADERS} ${HEADERS}/*)
foreach(header ${headers})
  must_be_there(${INCLUDEDIR}/tickcache/${header})
endforeach()
file(GLOB_RECURSE libraries RELATIVE ${PREFIX} ${PREFIX}/${LIBDIR}/*.a)
if(libraries)
  message(FATAL_ERROR "private libraries were installed: ${libraries}")
endif()

# --- the shared library itself

run(dynamic readelf -d -W ${SO})
if(NOT dynamic MATCHES "SONAME[^\n]*\\[libtickcache\\.so\\.0\\]")
  message(FATAL_ERROR "SONAME is not libtickcache.so.0:\n${dynamic}")
endif()
if(dynamic MATCHES "RPATH|RUNPATH")
  message(FATAL_ERROR "an installed library with a search path of its own:\n${dynamic}")
endif()
string(REGEX MATCHALL "NEEDED[^\n]*\\[[^]]*\\]" needed "${dynamic}")
foreach(entry ${needed})
  if(NOT entry MATCHES "\\[(libstdc\\+\\+|libgcc_s|libc|libm|ld-linux[^.]*)\\.so\\.[0-9]+\\]" AND
     NOT (SANITIZE AND entry MATCHES "\\[lib(a|ub|t)san\\.so"))
    message(FATAL_ERROR "the library needs more than the C++ runtime: ${entry}")
  endif()
endforeach()

run(symbols nm --dynamic --defined-only --demangle --format=posix ${SO})
string(REGEX REPLACE "\n$" "" symbols "${symbols}")
string(REPLACE ";" "," symbols "${symbols}")
string(REPLACE "\n" ";" symbols "${symbols}")
foreach(symbol ${symbols})
  if(NOT symbol MATCHES "^(tickcache_|tickcache::|(typeinfo|typeinfo name|vtable) for tickcache::)")
    message(FATAL_ERROR "exported, but not tickcache's own: ${symbol}")
  endif()
  if(symbol MATCHES "Impl|Attachment|Ring<|SegmentView|Mapping|fingerprint|open_segment")
    message(FATAL_ERROR "exported, but private: ${symbol}")
  endif()
endforeach()
list(LENGTH symbols count)
if(count LESS 50)
  message(FATAL_ERROR "only ${count} symbols are exported")
endif()

# --- a project that finds it with CMake

set(flags "-Wall -Wextra -Wpedantic -Werror")
if(SANITIZE)
  string(APPEND flags " -fsanitize=${SANITIZE}")
endif()
run(ignored ${CMAKE_COMMAND} -S ${CONSUMER} -B ${SCRATCH}/consumer -G ${GENERATOR}
    -DCMAKE_PREFIX_PATH=${PREFIX} -DEXAMPLES=${EXAMPLES}
    -DCMAKE_C_COMPILER=${C_COMPILER} -DCMAKE_CXX_COMPILER=${CXX_COMPILER}
    -DCMAKE_C_FLAGS=${flags} -DCMAKE_CXX_FLAGS=${flags})
run(ignored ${CMAKE_COMMAND} --build ${SCRATCH}/consumer)

# --- programs that find it with pkg-config

set(ENV{PKG_CONFIG_PATH} ${PREFIX}/${LIBDIR}/pkgconfig)
run(version pkg-config --modversion tickcache)
string(STRIP "${version}" version)
if(NOT version STREQUAL VERSION)
  message(FATAL_ERROR "pkg-config says version ${version}")
endif()
run(package pkg-config --cflags --libs tickcache)
separate_arguments(package UNIX_COMMAND "${package}")
separate_arguments(flags UNIX_COMMAND "${flags}")
run(ignored ${C_COMPILER} -std=c11 ${flags} ${EXAMPLES}/price.c -o ${SCRATCH}/pc_c ${package})
run(ignored ${CXX_COMPILER} -std=c++20 ${flags} ${EXAMPLES}/price.cpp -o ${SCRATCH}/pc_cpp
    ${package})

# --- an older C++ is told what is wrong

execute_process(COMMAND ${CXX_COMPILER} -std=c++17 -fsyntax-only ${EXAMPLES}/price.cpp ${package}
                RESULT_VARIABLE result ERROR_VARIABLE output)
if(result EQUAL 0 OR NOT output MATCHES "tickcache needs C\\+\\+20")
  message(FATAL_ERROR "with C++17 the compiler said: ${output}")
endif()

# --- they run

set(ENV{LD_LIBRARY_PATH} ${PREFIX}/${LIBDIR})
set(ENV{TICKCACHE_SEGMENT} tickcache-test-of-no-such-name)
foreach(program consumer/price_cpp consumer/price_c pc_c pc_cpp)
  execute_process(COMMAND ${SCRATCH}/${program} RESULT_VARIABLE result OUTPUT_VARIABLE output)
  if(NOT result EQUAL 4 OR NOT output STREQUAL "- down no_segment\n")
    message(FATAL_ERROR "${program} gave ${result} and printed: ${output}")
  endif()
endforeach()
run(output ${SCRATCH}/consumer/every_header)
if(NOT output STREQUAL "${VERSION}\n")
  message(FATAL_ERROR "every_header printed: ${output}")
endif()
file(REMOVE_RECURSE ${SCRATCH})
