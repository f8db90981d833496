# uvgrpc_library(NAME OBJECTS archive... [ON library] [TAKES library...] [NEEDS library...])
#
# Make the two libraries lib<NAME> that are installed, from the objects of archives; the
# targets are <NAME>_shared and <NAME>_static, with _ for each -. ON: the one of these
# libraries that it stands on. TAKES: what its users meet in its headers; NEEDS: what only
# the library itself uses, and who links it statically.
#
# The shared one hides what is not declared in a public header, by visibility. So does the
# static one: its objects are joined into one and the hidden names in it made local, or a
# program with a session_create() of its own could not be linked with it.
function(uvgrpc_library name)
  cmake_parse_arguments(ARG "" "ON" "OBJECTS;TAKES;NEEDS" ${ARGN})
  string(REPLACE - _ target ${name})
  list(TRANSFORM ARG_OBJECTS REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>" OUTPUT_VARIABLE objects)

  add_library(${target}_shared SHARED ${objects})
  # Before 1.0 a minor version may change the ABI, so the soname has both numbers.
  set_target_properties(${target}_shared PROPERTIES VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  target_link_libraries(${target}_shared PRIVATE uvgrpc_flags ${ARG_NEEDS})
  if(NOT UVGRPC_SANITIZE)
    target_link_options(${target}_shared PRIVATE -Wl,--no-undefined)
  endif()

  set(joined ${CMAKE_CURRENT_BINARY_DIR}/${name}.o)
  add_custom_command(OUTPUT ${joined}
    COMMAND ${CMAKE_LINKER} -r -o ${joined} ${objects}
    COMMAND ${CMAKE_OBJCOPY} --localize-hidden ${joined}
    DEPENDS ${objects} COMMAND_EXPAND_LISTS VERBATIM)
  add_library(${target}_static STATIC ${joined})
  target_link_libraries(${target}_static INTERFACE ${ARG_NEEDS})

  foreach(kind shared static)
    set_target_properties(${target}_${kind} PROPERTIES
      LINKER_LANGUAGE C OUTPUT_NAME ${name}
      ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib
      LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
    target_link_libraries(${target}_${kind} PUBLIC ${ARG_TAKES})
    if(ARG_ON)
      target_link_libraries(${target}_${kind} PUBLIC ${ARG_ON}_${kind})
    endif()
  endforeach()
endfunction()
