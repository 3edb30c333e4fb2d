# Where the library goes, and how others find it there.  Folders may be given
# as absolute paths; with others the installed tree can be moved.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/libformat)

install(TARGETS libformat EXPORT libformat-targets)
install(FILES include/libformat.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY include/libformat DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN *.h)

# ---- find_package(libformat) ----

install(EXPORT libformat-targets NAMESPACE libformat::
        DESTINATION ${package_dir})
get_target_property(libformat_type libformat TYPE)
configure_package_config_file(
  libformat/libformat-config.cmake.in libformat-config.cmake
  INSTALL_DESTINATION ${package_dir}
  NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file(libformat-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/libformat-config.cmake
              ${PROJECT_BINARY_DIR}/libformat-config-version.cmake
        DESTINATION ${package_dir})

# ---- pkg-config libformat ----

if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  set(pc_prefix "${CMAKE_INSTALL_PREFIX}")
  set(pc_libdir "${CMAKE_INSTALL_LIBDIR}")
else()
  # As many steps up as there are folders down to libformat.pc.
  file(RELATIVE_PATH up "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" /)
  string(REGEX REPLACE "/$" "" up "${up}")
  set(pc_prefix "\${pcfiledir}/${up}")
  set(pc_libdir "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
endif()
if(IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
  set(pc_includedir "${CMAKE_INSTALL_INCLUDEDIR}")
else()
  set(pc_includedir "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()
configure_file(libformat/libformat.pc.in libformat.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/libformat.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
