# Compiler settings, and one function per kind of target: a folder is a target.

# -Wno-restrict: g++ 12 warns of std::string insertions that are right (GCC bug 105651).
# -Wno-missing-field-initializers: {.threads = 3} leaves the others at their defaults on purpose.
add_library(walden_settings INTERFACE)
target_include_directories(walden_settings INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)
target_compile_options(walden_settings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wconversion
  -Wno-sign-conversion -Wno-restrict -Wno-missing-field-initializers
  -Wimplicit-fallthrough -Wunused-result -Werror)
target_compile_definitions(walden_settings INTERFACE _FILE_OFFSET_BITS=64)

# Half of compiling is reading the same headers again. ccache understands a precompiled header with
# -fpch-preprocess and the settings of tests/run.sh; clang-tidy does not, and is given a folder
# configured without (CMAKE_DISABLE_PRECOMPILE_HEADERS).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND NOT CMAKE_DISABLE_PRECOMPILE_HEADERS)
  # g++ 12 inlines more with one, and then warns of string operations that are right (GCC bug 105651).
  target_compile_options(walden_settings INTERFACE
    -fpch-preprocess -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
endif()
function(walden_precompile target)
  target_precompile_headers(${target} PRIVATE
    <algorithm> <chrono> <expected> <filesystem> <functional> <map> <memory> <mutex> <optional>
    <string> <thread> <unordered_map> <variant> <vector> <fmt/format.h> ${ARGN})
endfunction()

# walden_library(NAME DEPENDS target... [PLAIN])   every .cc of the current folder; PLAIN: it needs
# libc alone, and no precompiled headers
function(walden_library name)
  cmake_parse_arguments(arg "PLAIN" "" "DEPENDS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  add_library(walden_${name} STATIC ${sources})
  target_link_libraries(walden_${name} PUBLIC walden_settings ${arg_DEPENDS})
  if(NOT arg_PLAIN)
    walden_precompile(walden_${name})
  endif()
endfunction()

# walden_program(NAME DEPENDS target... [DESTINATION folder])   every .cc of the current folder; all but
# main.cc is also a library, walden_program_NAME, so that tests can call it.
function(walden_program name)
  cmake_parse_arguments(arg "" "DESTINATION" "DEPENDS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  list(FILTER sources EXCLUDE REGEX "/main\\.cc$")
  if(sources)
    add_library(walden_program_${name} STATIC ${sources})
    target_link_libraries(walden_program_${name} PUBLIC walden_settings ${arg_DEPENDS})
    walden_precompile(walden_program_${name})
    set(own walden_program_${name})
  endif()
  if(NOT arg_DESTINATION)
    set(arg_DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
  add_executable(${name} main.cc)
  target_link_libraries(${name} PRIVATE walden_settings ${own} ${arg_DEPENDS})
  install(TARGETS ${name} RUNTIME DESTINATION ${arg_DESTINATION})
endfunction()

# walden_front_end(NAME)   what PostgreSQL starts for each file: nothing but common/call, and no
# library to load, which is most of what starting a program takes. Brings the worker along.
function(walden_front_end name)
  walden_program(${name} DEPENDS walden_call)
  if(NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize")
    target_link_options(${name} PRIVATE -static)
  endif()
  add_dependencies(${name} ${name}-worker)
  install(FILES ${PROJECT_SOURCE_DIR}/docs/man/${name}.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endfunction()
