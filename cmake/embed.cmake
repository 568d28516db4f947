# Writes a file as bytes that a program holds, in a source file that defines NAME.
# Usage: cmake -DINPUT=a.json -DOUTPUT=a.cpp -DNAME=kText -DHEADER=dir/a.hpp -P embed.cmake
file(READ ${INPUT} bytes HEX)
string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
# Characters, not a string literal: those may be limited to 65,536 bytes.
file(WRITE ${OUTPUT} "// Made of a file by cmake/embed.cmake.
#include \"${HEADER}\"

namespace tickcache::relay {
namespace {

constexpr char kBytes[] = {
${bytes}
};

}  // namespace

constinit const std::string_view ${NAME}(kBytes, sizeof kBytes);

}  // namespace tickcache::relay
")
