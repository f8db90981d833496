# Two kinds of tests, for the lists in the folders under unit/ and fuzz/.

# A cmocka program test_<noun>.c, linked with the layers that it tests.
function(unit_test name)
  add_executable(${name} ${name}.c ${UNIT_TEST_SOURCES})
  target_link_libraries(${name} PRIVATE uvgrpc_flags ${ARGN} PkgConfig::cmocka)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS unit TIMEOUT 120)
endfunction()

# A libFuzzer target fuzz_<noun>.c with its corpus in corpus/fuzz_<noun>/. Built for
# fuzzing with the preset `fuzz`; in every other build a plain main runs the corpus once.
function(fuzz_test name)
  if(UVGRPC_FUZZ)
    add_executable(${name} ${name}.c)
    target_compile_options(${name} PRIVATE -fsanitize=fuzzer)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    add_test(NAME ${name} COMMAND ${name} -runs=20000 -max_total_time=5
      ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name})
  else()
    add_executable(${name} ${name}.c ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/fuzz/replay.c)
    add_test(NAME ${name} COMMAND ${name} ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name})
  endif()
  target_link_libraries(${name} PRIVATE uvgrpc_flags ${ARGN})
  set_tests_properties(${name} PROPERTIES LABELS fuzz TIMEOUT 120)
endfunction()
