# One INTERFACE target carries every flag; each of our targets links it PRIVATE.
include(${CMAKE_CURRENT_LIST_DIR}/strict.cmake)
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)

# CHECK is on in every build, and so is assert.
foreach(type RELEASE RELWITHDEBINFO MINSIZEREL)
  string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_${type} "${CMAKE_C_FLAGS_${type}}")
endforeach()

set(DUBAN_SANITIZE "" CACHE STRING "sanitizers, as -fsanitize= takes them")
option(DUBAN_WERROR "warnings are errors (presets set it; distributors need not)" OFF)
option(DUBAN_FUZZ "build the fuzz targets (clang)" OFF)

strict_flags(duban_flags ${PROJECT_SOURCE_DIR}
  WERROR "${DUBAN_WERROR}" SANITIZE "${DUBAN_SANITIZE}" FUZZ "${DUBAN_FUZZ}")
target_compile_definitions(duban_flags INTERFACE DUBAN_VERSION="${PROJECT_VERSION}")

# rpc/ is a project of its own, and is built here with the same flags.
set(UVGRPC_SANITIZE "${DUBAN_SANITIZE}")
set(UVGRPC_WERROR ${DUBAN_WERROR})
set(UVGRPC_FUZZ ${DUBAN_FUZZ})
set(UVGRPC_TESTS OFF) # tests/CMakeLists.txt has them all
set(RPC_GENERATED_FLAGS ${STRICT_GENERATED})
if(DUBAN_WERROR)
  list(APPEND RPC_GENERATED_FLAGS -Werror)
endif()
