# strict_flags(TARGET ROOT [WERROR bool] [SANITIZE list] [FUZZ bool])
#
# An INTERFACE library TARGET with the flags that our C is compiled and linked with, to be
# linked PRIVATE. ROOT is the folder that includes are spelled from.
# clang, unlike gcc, warns of the casts inside protobuf-c's initialisers: no -Wcast-qual there.
function(strict_flags target root)
  cmake_parse_arguments(ARG "" "WERROR;SANITIZE;FUZZ" "" ${ARGN})
  add_library(${target} INTERFACE)
  target_include_directories(${target} INTERFACE ${root})
  target_compile_definitions(${target} INTERFACE _GNU_SOURCE)
  target_compile_options(${target} INTERFACE
    -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes
    $<$<C_COMPILER_ID:GNU>:-Wcast-qual> -Wvla -Wformat=2 -Wundef -Wpointer-arith
    -fno-common -fstack-protector-strong -fvisibility=hidden
    -ffile-prefix-map=${root}=.
    $<$<BOOL:${ARG_WERROR}>:-Werror>
    $<$<CONFIG:RelWithDebInfo,Release>:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2>)
  target_link_options(${target} INTERFACE -Wl,-z,relro,-z,now)
  if(ARG_FUZZ)
    target_compile_options(${target} INTERFACE -fsanitize=fuzzer-no-link)
  endif()
  if(ARG_SANITIZE)
    target_compile_options(${target} INTERFACE
      -fsanitize=${ARG_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${target} INTERFACE -fsanitize=${ARG_SANITIZE})
  endif()
endfunction()

# What protoc-gen-rpc writes is held to most of them.
set(STRICT_GENERATED -Wall -Wextra -Wconversion -Wshadow -Wmissing-prototypes -Wcast-qual)
