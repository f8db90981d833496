# One INTERFACE target carries every flag; each of our targets links it PRIVATE.
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

# clang, unlike gcc, warns of the casts inside protobuf-c's initialisers: no -Wcast-qual there.
add_library(duban_flags INTERFACE)
target_include_directories(duban_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_definitions(duban_flags INTERFACE _GNU_SOURCE
  DUBAN_VERSION="${PROJECT_VERSION}")
target_compile_options(duban_flags INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes
  $<$<C_COMPILER_ID:GNU>:-Wcast-qual> -Wvla -Wformat=2 -Wundef -Wpointer-arith
  -fno-common -fstack-protector-strong -fvisibility=hidden
  -ffile-prefix-map=${PROJECT_SOURCE_DIR}=.
  $<$<BOOL:${DUBAN_WERROR}>:-Werror>
  $<$<CONFIG:RelWithDebInfo,Release>:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2>)
target_link_options(duban_flags INTERFACE -Wl,-z,relro,-z,now)
if(DUBAN_FUZZ)
  target_compile_options(duban_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(DUBAN_SANITIZE)
  target_compile_options(duban_flags INTERFACE
    -fsanitize=${DUBAN_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(duban_flags INTERFACE -fsanitize=${DUBAN_SANITIZE})
endif()
