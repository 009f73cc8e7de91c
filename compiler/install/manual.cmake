# Writes the manual pages and completion scripts: cmake -DSTRATA=... -DFOLDER=... -P manual.cmake
file(MAKE_DIRECTORY ${FOLDER})

function(write_output path)
  execute_process(COMMAND ${STRATA} ${ARGN} OUTPUT_FILE ${FOLDER}/${path} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

execute_process(COMMAND ${STRATA} help --verbs OUTPUT_VARIABLE verbs COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "[a-z]+" verbs "${verbs}")
foreach(verb ${verbs})
  write_output(strata-${verb}.1 help --man ${verb})
endforeach()
foreach(shell bash zsh fish)
  write_output(completion.${shell} completion ${shell})
endforeach()
write_output(strata.1 help --man)
