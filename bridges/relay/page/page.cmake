# Assembles one HTML document and writes it as OUTPUT/page.html and OUTPUT/page.cpp.
# Usage: cmake -DSCRIPTS=a.js;b.js -DDIRECTORY=... -DOUTPUT=... -DEMBED=.../embed.cmake -P page.cmake
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

set(INPUT ${OUTPUT}/page.html)
set(OUTPUT ${OUTPUT}/page.cpp)
set(NAME kPage)
set(HEADER bridges/relay/page/page.hpp)
include(${EMBED})
