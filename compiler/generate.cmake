# What is generated into the build folder: the lexer (re2c) and the grammar (Lemon).

# Files that become part of the library, each folder one table of embed/embed.h.
function(embed_files sources table folder pattern)
  set(output ${GENERATED}/embed_${table}.c)
  file(GLOB files CONFIGURE_DEPENDS ${folder}/${pattern})
  add_custom_command(OUTPUT ${output} DEPENDS ${files} ${CMAKE_CURRENT_SOURCE_DIR}/embed/embed.cmake VERBATIM
    COMMAND ${CMAKE_COMMAND} -DTABLE=${table} "-DFILES=${files}" -DOUTPUT=${output} -P ${CMAKE_CURRENT_SOURCE_DIR}/embed/embed.cmake)
  set(${sources} ${${sources}} ${output} PARENT_SCOPE)
endfunction()

embed_files(GENERATED_SOURCES stdlib_files ${CMAKE_SOURCE_DIR}/stdlib *.net)
embed_files(GENERATED_SOURCES error_pages ${CMAKE_SOURCE_DIR}/docs/errors *.md)
# The starting project of `strata init` is part of the command.
embed_files(TOOL_SOURCES project_files ${CMAKE_CURRENT_SOURCE_DIR}/tool/project *)

# The lexer (re2c) and the grammar (Lemon).
find_program(RE2C re2c REQUIRED)
find_program(LEMON lemon REQUIRED)

set(SYNTAX ${CMAKE_CURRENT_SOURCE_DIR}/syntax)

add_custom_command(
  OUTPUT ${GENERATED}/syntax/lexer.c
  COMMAND ${RE2C} --no-generation-date -W -Werror -o ${GENERATED}/syntax/lexer.c ${SYNTAX}/lexer.re
  DEPENDS ${SYNTAX}/lexer.re
  VERBATIM)

# Lemon says conflicts by its exit status. Without line numbers of the grammar, since it is not C for most of its length.
add_custom_command(
  OUTPUT ${GENERATED}/syntax/grammar.c ${GENERATED}/syntax/grammar.h
  COMMAND ${LEMON} -q -d${GENERATED}/syntax ${SYNTAX}/grammar.y
  DEPENDS ${SYNTAX}/grammar.y
  VERBATIM)

# NDEBUG: Lemon's trace, which is all that its assertions guard, would bring global state.
set_source_files_properties(${GENERATED}/syntax/grammar.c PROPERTIES COMPILE_DEFINITIONS NDEBUG COMPILE_OPTIONS
                            "-Wno-unused-parameter;-Wno-unused-variable;-Wno-sign-compare")
list(APPEND GENERATED_SOURCES ${GENERATED}/syntax/lexer.c ${GENERATED}/syntax/grammar.c ${GENERATED}/syntax/grammar.h)
