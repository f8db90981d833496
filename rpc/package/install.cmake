# What is installed, all of it in the component uvgrpc: headers, both libraries, and what
# CMake and pkg-config need to find them.
#
# A public header stands between BASE_API_BEGIN and BASE_API_END and includes public headers
# only; tests/lint/uvgrpc.sh compares these lists with the headers.
set(public_headers call.h channel.h http.h http_files.h metadata.h server.h status.h status_details.h
  tls.h version.h)
set(public_headers_protobuf_c descriptors.h health.h reflection.h typed.h)
set(public_headers_base api.h arena.h bytes.h container.h err.h)
list(TRANSFORM public_headers_base PREPEND ${root}/base/)

uvgrpc_library(uvgrpc OBJECTS uvgrpc uvgrpc_base uvgrpc_inner
  TAKES PkgConfig::uv NEEDS ${uvgrpc_needs})
uvgrpc_library(uvgrpc-protobuf-c OBJECTS uvgrpc_protobuf_c uvgrpc_typed uvgrpc_services uvgrpc_inner
  ON uvgrpc TAKES PkgConfig::protobuf_c)

set(include_dir ${CMAKE_INSTALL_INCLUDEDIR}/uvgrpc)
set(data_dir ${CMAKE_INSTALL_DATADIR}/uvgrpc)
set(cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/uvgrpc)
set(pkgconfig_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

set_target_properties(uvgrpc_shared uvgrpc_static PROPERTIES EXPORT_NAME uvgrpc)
set_target_properties(uvgrpc_protobuf_c_shared uvgrpc_protobuf_c_static
  PROPERTIES EXPORT_NAME protobuf-c)
foreach(library uvgrpc uvgrpc_protobuf_c)
  foreach(kind shared static)
    string(REPLACE _ - set ${library}_${kind})
    install(TARGETS ${library}_${kind} EXPORT ${set}
      LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT uvgrpc
      ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT uvgrpc
      INCLUDES DESTINATION ${include_dir})
    install(EXPORT ${set} NAMESPACE uvgrpc:: DESTINATION ${cmake_dir} COMPONENT uvgrpc)
  endforeach()
endforeach()

install(FILES ${public_headers} ${public_headers_protobuf_c}
  DESTINATION ${include_dir}/rpc COMPONENT uvgrpc)
install(FILES ${public_headers_base} DESTINATION ${include_dir}/base COMPONENT uvgrpc)
install(FILES plugin/rpc_generate.cmake plugin/typed.h.in plugin/typed.c.in
  plugin/descriptors.in DESTINATION ${data_dir} COMPONENT uvgrpc)
install(PROGRAMS plugin/protoc-gen-rpc DESTINATION ${data_dir} COMPONENT uvgrpc)

include(CMakePackageConfigHelpers)
configure_package_config_file(package/uvgrpc-config.cmake.in uvgrpc-config.cmake
  INSTALL_DESTINATION ${cmake_dir} PATH_VARS data_dir)
write_basic_package_version_file(uvgrpc-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/uvgrpc-config.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/uvgrpc-config-version.cmake
  DESTINATION ${cmake_dir} COMPONENT uvgrpc)

# The prefix is found from the file's own place, so that a tree may be moved.
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX
  BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX}/${pkgconfig_dir} OUTPUT_VARIABLE up)
foreach(name uvgrpc uvgrpc-protobuf-c)
  configure_file(package/${name}.pc.in ${name}.pc @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${name}.pc
    DESTINATION ${pkgconfig_dir} COMPONENT uvgrpc)
endforeach()
