# What is generated into the build folder: the lexer (re2c) and the grammar (Lemon).

# Files that become part of the library, each folder one table of embed/embed.h.
function(embed_files table folder pattern)
  set(output ${GENERATED}/embed_${table}.c)
  file(GLOB files CONFIGURE_DEPENDS ${folder}/${pattern})
  add_custom_command(OUTPUT ${output} DEPENDS ${files} ${CMAKE_CURRENT_SOURCE_DIR}/embed/embed.cmake VERBATIM
    COMMAND ${CMAKE_COMMAND} -DTABLE=${table} -DFOLDER=${folder} -DPATTERN=${pattern} -DOUTPUT=${output} -P ${CMAKE_CURRENT_SOURCE_DIR}/embed/embed.cmake)
  set(GENERATED_SOURCES ${GENERATED_SOURCES} ${output} PARENT_SCOPE)
endfunction()

embed_files(stdlib_files ${CMAKE_SOURCE_DIR}/stdlib *.net)
embed_files(error_pages ${CMAKE_SOURCE_DIR}/docs/errors *.md)
