# Assembles one HTML document and writes it as OUTPUT/page.html and OUTPUT/page.cpp.
# Usage: cmake -DSCRIPTS=a.js;b.js -DDIRECTORY=... -DOUTPUT=... -P page.cmake
file(READ ${DIRECTORY}/page.html page)
file(READ ${DIRECTORY}/page.css style)
file(READ ${DIRECTORY}/vendor/uPlot.min.css chart_style)
file(READ ${DIRECTORY}/vendor/uPlot.iife.min.js chart)
set(script "")
foreach(name ${SCRIPTS})
  file(READ ${DIRECTORY}/${name} part)
  string(APPEND script "${part}")
endforeach()

string(REPLACE "@STYLE@" "${style}" page "${page}")
string(REPLACE "@CHART_STYLE@" "${chart_style}" page "${page}")
string(REPLACE "@CHART@" "${chart}" page "${page}")
string(REPLACE "@SCRIPT@" "${script}" page "${page}")
file(WRITE ${OUTPUT}/page.html "${page}")

# Characters, not a string literal: those may be limited to 65,536 bytes.
file(READ ${OUTPUT}/page.html bytes HEX)
string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
file(WRITE ${OUTPUT}/page.cpp "// Assembled by bridges/relay/page/page.cmake.
#include \"bridges/relay/page/page.hpp\"

namespace tickcache::relay {
namespace {

constexpr char kBytes[] = {
${bytes}
};

}  // namespace

constinit const std::string_view kPage(kBytes, sizeof kBytes);

}  // namespace tickcache::relay
")
