# Makes the llama.cpp build small: CMake reads this file at the first project()
# (CMAKE_PROJECT_TOP_LEVEL_INCLUDES), before llama.cpp declares its options.
# The package builds the "all" target, some 1,000 objects; the test needs one
# program, and speed only in the kernels.

set(BUILD_SHARED_LIBS OFF CACHE BOOL "")     # one program, no library path to keep
set(LLAMA_BUILD_TESTS OFF CACHE BOOL "")
set(LLAMA_BUILD_EXAMPLES OFF CACHE BOOL "")
set(LLAMA_BUILD_APP OFF CACHE BOOL "")
set(LLAMA_USE_PREBUILT_UI OFF CACHE BOOL "") # else the build fetches a web page
set(LLAMA_OPENSSL OFF CACHE BOOL "")
set(LLAMA_ALL_WARNINGS OFF CACHE BOOL "")
set(GGML_NATIVE OFF CACHE BOOL "")           # pip's cached wheel may meet another CPU
set(GGML_LLAMAFILE OFF CACHE BOOL "")
set(GGML_OPENMP OFF CACHE BOOL "")

function(e2e_exclude_from_all dir)
  get_property(targets DIRECTORY "${dir}" PROPERTY BUILDSYSTEM_TARGETS)
  foreach(target IN LISTS targets)
    set_target_properties("${target}" PROPERTIES EXCLUDE_FROM_ALL ON)
  endforeach()
  get_property(subdirs DIRECTORY "${dir}" PROPERTY SUBDIRECTORIES)
  foreach(subdir IN LISTS subdirs)
    e2e_exclude_from_all("${subdir}")
  endforeach()
endfunction()

function(e2e_only_server)
  e2e_exclude_from_all("${CMAKE_SOURCE_DIR}")
  set_target_properties(llama-server PROPERTIES EXCLUDE_FROM_ALL OFF)

  # Parsing and HTTP are cold here: compile them fast. ggml keeps its -O3.
  foreach(target mtmd llama-common server-context llama-server-impl cpp-httplib llama-server)
    target_compile_options(${target} PRIVATE -O0)
  endforeach()
  target_compile_options(llama PRIVATE -O1)

  # Most of the time goes into the same headers again and again.
  foreach(target mtmd llama-common server-context)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
  endforeach()
  set_source_files_properties(
    "${CMAKE_SOURCE_DIR}/tools/mtmd/mtmd-helper.cpp"
    "${CMAKE_SOURCE_DIR}/tools/mtmd/mtmd-helper-gen.cpp"
    TARGET_DIRECTORY mtmd
    PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()

cmake_language(DEFER DIRECTORY "${CMAKE_SOURCE_DIR}" CALL e2e_only_server)
