# Headers of others that most files of a target read, compiled once: half of what a file of ours
# costs to compile is CAF's, Boost's and the standard library's text. A file still includes what it
# uses; clang checks that without precompiled headers (tools/tidy).
#
#   troupe_precompile(TARGET HEADER...)
#
# Two compilations of one precompiled header differ in bytes, which would keep the compiler cache of
# one clone from serving another. So what it hashes (CCACHE_PCH_EXTSUM) is the text of the headers.
function(troupe_precompile target)
  list(TRANSFORM ARGN REPLACE "(.+)" "<\\1>" OUTPUT_VARIABLE headers)
  target_precompile_headers(${target} PRIVATE ${headers})
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/${target}.dir)
  list(TRANSFORM headers PREPEND "#include " OUTPUT_VARIABLE lines)
  list(JOIN lines "\n" text)
  file(WRITE ${folder}/precompiled_text.cpp "${text}\n")
  execute_process(
    COMMAND ${CMAKE_CXX_COMPILER} -std=c++${CMAKE_CXX_STANDARD} -E -P ${folder}/precompiled_text.cpp
    OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
  string(SHA256 sum "${text}")
  foreach(kind gch pch)
    file(WRITE ${folder}/cmake_pch.hxx.${kind}.sum "${sum}\n")
  endforeach()
endfunction()

set(TROUPE_STANDARD_HEADERS
  algorithm array chrono compare functional map memory optional set span string string_view utility
  variant vector)
