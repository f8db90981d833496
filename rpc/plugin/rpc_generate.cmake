# rpc_generate(TARGET SET name ROOT folder OUT folder PROTOS file... SERVICES file...
#              [MESSAGES_FROM library] [DESCRIPTORS_ONLY] [RUNTIME library])
#
# A static library TARGET, with headers below OUT, from the .proto files PROTOS below ROOT:
# protobuf-c's messages ("a.pb-c.h"), the typed services of those files that have any
# (SERVICES, "a.rpc.h"), and the descriptors of all ("name.descriptors.h").
# MESSAGES_FROM: that library has the messages. DESCRIPTORS_ONLY: no typed services.
# RUNTIME: what the generated code stands on, uvgrpc::protobuf-c unless told.
function(rpc_generate target)
  cmake_parse_arguments(ARG "DESCRIPTORS_ONLY" "SET;ROOT;OUT;MESSAGES_FROM;RUNTIME" "PROTOS;SERVICES" ${ARGN})
  set(folder ${CMAKE_CURRENT_FUNCTION_LIST_DIR})
  set(plugin ${folder}/protoc-gen-rpc)
  set(plugin_files ${plugin} ${folder}/typed.h.in ${folder}/typed.c.in ${folder}/descriptors.in)
  set(out ${ARG_OUT})
  file(MAKE_DIRECTORY ${out})
  set(sources ${out}/${ARG_SET}.descriptors.c)
  set(made ${out}/${ARG_SET}.descriptors.c ${out}/${ARG_SET}.descriptors.h)
  set(options set=${ARG_SET})
  if(ARG_DESCRIPTORS_ONLY)
    string(APPEND options ",typed=no")
  else()
    foreach(proto ${ARG_SERVICES})
      string(REPLACE ".proto" "" stem ${proto})
      list(APPEND sources ${out}/${stem}.rpc.c)
      list(APPEND made ${out}/${stem}.rpc.c ${out}/${stem}.rpc.h)
    endforeach()
  endif()
  list(TRANSFORM ARG_PROTOS PREPEND ${ARG_ROOT}/ OUTPUT_VARIABLE paths)
  add_custom_command(OUTPUT ${made}
    COMMAND ${PROTOC} --plugin=protoc-gen-rpc=${plugin} --proto_path=${ARG_ROOT}
      --rpc_out=${options}:${out} ${paths}
    DEPENDS ${paths} ${plugin_files}
    VERBATIM)
  set_source_files_properties(${sources} PROPERTIES COMPILE_OPTIONS
    "-Wall;-Wextra;-Wconversion;-Wshadow;-Wmissing-prototypes;-Wcast-qual;$<$<BOOL:${DUBAN_WERROR}>:-Werror>")

  set(messages)
  if(NOT ARG_MESSAGES_FROM)
    foreach(proto ${ARG_PROTOS})
      string(REPLACE ".proto" "" stem ${proto})
      add_custom_command(OUTPUT ${out}/${stem}.pb-c.c ${out}/${stem}.pb-c.h
        COMMAND ${PROTOC} --plugin=protoc-gen-c=${PROTOC_C} --proto_path=${ARG_ROOT}
          --c_out=${out} ${ARG_ROOT}/${proto}
        DEPENDS ${paths}
        VERBATIM)
      list(APPEND messages ${out}/${stem}.pb-c.c)
    endforeach()
  endif()

  add_library(${target} STATIC ${sources} ${messages})
  target_compile_definitions(${target} PRIVATE _GNU_SOURCE)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR})
  target_include_directories(${target} SYSTEM PUBLIC ${out})
  if(NOT ARG_RUNTIME)
    set(ARG_RUNTIME uvgrpc::protobuf-c)
  endif()
  target_link_libraries(${target} PUBLIC ${ARG_RUNTIME} ${ARG_MESSAGES_FROM})
endfunction()
