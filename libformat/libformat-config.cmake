include("${CMAKE_CURRENT_LIST_DIR}/libformat-targets.cmake")
