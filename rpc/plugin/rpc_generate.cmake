# rpc_generate(TARGET PROTOS file... [ROOT folder] [OUT folder] [SET name]
#              [SERVICES file...] [MESSAGES_FROM library] [DESCRIPTORS_ONLY]
#              [RUNTIME library])
#
# A static library TARGET from .proto files, with headers below OUT: protobuf-c's messages
# ("a.pb-c.h"), typed services ("a.rpc.h"), and the descriptors of all files as
# <SET>_descriptors ("<SET>.descriptors.h"). Programs link TARGET and nothing else.
#
#   PROTOS            the files, as they import each other: relative to ROOT
#   ROOT              the current source folder, unless told
#   OUT               the current binary folder, unless told
#   SET               TARGET, unless told
#   SERVICES          those of PROTOS that services are made of; all, unless told
#   MESSAGES_FROM     that library has the messages
#   DESCRIPTORS_ONLY  no services
#   RUNTIME           what the generated code stands on: uvgrpc::protobuf-c, unless told
#
# RPC_GENERATED_FLAGS are compile options for what protoc-gen-rpc writes.
function(rpc_generate target)
  cmake_parse_arguments(ARG "DESCRIPTORS_ONLY" "SET;ROOT;OUT;MESSAGES_FROM;RUNTIME"
    "PROTOS;SERVICES" ${ARGN})
  find_program(PROTOC protoc REQUIRED)
  if(NOT ARG_ROOT)
    set(ARG_ROOT ${CMAKE_CURRENT_SOURCE_DIR})
  endif()
  if(NOT ARG_OUT)
    set(ARG_OUT ${CMAKE_CURRENT_BINARY_DIR})
  endif()
  if(NOT ARG_SET)
    set(ARG_SET ${target})
  endif()
  if(NOT ARG_SERVICES)
    set(ARG_SERVICES ${ARG_PROTOS})
  endif()
  if(NOT ARG_RUNTIME)
    set(ARG_RUNTIME uvgrpc::protobuf-c)
  endif()
  list(TRANSFORM ARG_PROTOS PREPEND ${ARG_ROOT}/ OUTPUT_VARIABLE paths)
  file(MAKE_DIRECTORY ${ARG_OUT})

  rpc_generate_services(services)
  set(messages)
  if(NOT ARG_MESSAGES_FROM)
    rpc_generate_messages(messages)
  endif()
  add_library(${target} STATIC ${services} ${messages})
  target_compile_definitions(${target} PRIVATE _GNU_SOURCE)
  target_include_directories(${target} SYSTEM PUBLIC ${ARG_OUT})
  target_link_libraries(${target} PUBLIC ${ARG_RUNTIME} ${ARG_MESSAGES_FROM})
endfunction()

# The two steps of rpc_generate(), which see its arguments.
function(rpc_generate_services ret_sources)
  set(folder ${CMAKE_CURRENT_FUNCTION_LIST_DIR})
  set(plugin ${folder}/protoc-gen-rpc)
  set(sources ${ARG_OUT}/${ARG_SET}.descriptors.c)
  set(headers ${ARG_OUT}/${ARG_SET}.descriptors.h)
  set(options set=${ARG_SET})
  if(ARG_DESCRIPTORS_ONLY)
    string(APPEND options ",typed=no")
  else()
    list(TRANSFORM ARG_SERVICES REPLACE "(.*)\\.proto$" "${ARG_OUT}/\\1.rpc.c" OUTPUT_VARIABLE c)
    list(TRANSFORM ARG_SERVICES REPLACE "(.*)\\.proto$" "${ARG_OUT}/\\1.rpc.h" OUTPUT_VARIABLE h)
    list(APPEND sources ${c})
    list(APPEND headers ${h})
  endif()
  add_custom_command(OUTPUT ${sources} ${headers}
    COMMAND ${PROTOC} --plugin=protoc-gen-rpc=${plugin} --proto_path=${ARG_ROOT}
      --rpc_out=${options}:${ARG_OUT} ${paths}
    DEPENDS ${paths} ${plugin} ${folder}/typed.h.in ${folder}/typed.c.in
      ${folder}/descriptors.in
    VERBATIM)
  set_source_files_properties(${sources} PROPERTIES COMPILE_OPTIONS "${RPC_GENERATED_FLAGS}")
  set(${ret_sources} ${sources} PARENT_SCOPE)
endfunction()

function(rpc_generate_messages ret_sources)
  find_program(PROTOC_C protoc-gen-c REQUIRED)
  set(sources)
  foreach(proto ${ARG_PROTOS})
    string(REGEX REPLACE "\\.proto$" ".pb-c" stem ${proto})
    add_custom_command(OUTPUT ${ARG_OUT}/${stem}.c ${ARG_OUT}/${stem}.h
      COMMAND ${PROTOC} --plugin=protoc-gen-c=${PROTOC_C} --proto_path=${ARG_ROOT}
        --c_out=${ARG_OUT} ${ARG_ROOT}/${proto}
      DEPENDS ${paths}
      VERBATIM)
    list(APPEND sources ${ARG_OUT}/${stem}.c)
  endforeach()
  set(${ret_sources} ${sources} PARENT_SCOPE)
endfunction()
