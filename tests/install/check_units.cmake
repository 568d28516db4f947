# Installs programs and units into a root of its own and has systemd judge them; stops with an error
# at the first thing that is wrong. Run by ctest; CMakeLists.txt says with which variables.
set(ROOT ${SCRATCH}/root)
set(UNITS ${UNIT_DIR})
if(NOT IS_ABSOLUTE ${UNITS})
  set(UNITS ${PREFIX}/${UNITS})
endif()

function(run out)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output
                  ERROR_VARIABLE output_error)
  if(NOT result EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\ngave ${result}:\n${output}\n${output_error}")
  endif()
  set(${out} "${output}\n${output_error}" PARENT_SCOPE)
endfunction()

# --- install

file(REMOVE_RECURSE ${SCRATCH})
set(ENV{DESTDIR} ${ROOT})
foreach(part systemd daemon cli bridges/relay bridges/redis)
  run(ignored ${CMAKE_COMMAND} --install ${BUILD_DIR}/${part})
endforeach()
unset(ENV{DESTDIR})
# What the units refer to, and what that refers to.
file(COPY /lib/systemd/system DESTINATION ${ROOT}/lib/systemd)
file(COPY /bin/sh DESTINATION ${ROOT}/bin FOLLOW_SYMLINK_CHAIN)

# --- the units

set(units tickcached.service tickcached@.service tickcache-wait.service tickcache-wait@.service
          tickcache-relay.service tickcache-redis.service)
foreach(unit ${units})
  if(NOT EXISTS ${ROOT}${UNITS}/${unit})
    message(FATAL_ERROR "not installed: ${UNITS}/${unit}")
  endif()
  file(READ ${ROOT}${UNITS}/${unit} text)
  if(text MATCHES "@[A-Z_]+@")
    message(FATAL_ERROR "${unit}: left over: ${CMAKE_MATCH_0}")
  endif()
  # Of its own mistakes, not of those of the units that it refers to; manuals are not installed here.
  run(output systemd-analyze verify --root=${ROOT} --man=no --recursive-errors=no ${UNITS}/${unit})
  if(output MATCHES "tickcache")
    message(FATAL_ERROR "systemd-analyze verify ${unit}:\n${output}")
  endif()
  run(output systemd-analyze security --root=${ROOT} --offline=true --threshold=20 ${unit})
  string(REGEX MATCH "exposure level[^\n]*" output "${output}")
  message(STATUS "${unit}: ${output}")
endforeach()

# --- the user

file(MAKE_DIRECTORY ${ROOT}/etc)
run(ignored systemd-sysusers --root=${ROOT} tickcache.conf)
file(STRINGS ${ROOT}/etc/passwd users REGEX "^tickcache:")
if(NOT users MATCHES "^tickcache:[^:]*:[0-9]+:[0-9]+:[^:]*:/:/usr/sbin/nologin$")
  message(FATAL_ERROR "systemd-sysusers made: ${users}")
endif()

# --- the configuration

file(GLOB_RECURSE config ${ROOT}/*/tickcached.conf)
list(LENGTH config count)
if(NOT count EQUAL 1)
  message(FATAL_ERROR "tickcached.conf is installed as: ${config}")
endif()
file(APPEND ${config} "symbols = BTCUSDT\n")
file(READ ${config} edited)
set(ENV{DESTDIR} ${ROOT})
run(ignored ${CMAKE_COMMAND} --install ${BUILD_DIR}/systemd)
file(READ ${config} text)
if(NOT text STREQUAL edited)
  message(FATAL_ERROR "an edited tickcached.conf does not survive another installation")
endif()
file(REMOVE_RECURSE ${SCRATCH})
