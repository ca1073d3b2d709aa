# Debian wants manual pages and changelogs compressed, in a way that is the same each time.
file(GLOB pages ${CPACK_TEMPORARY_DIRECTORY}/usr/share/man/man1/*.1
                ${CPACK_TEMPORARY_DIRECTORY}/usr/share/doc/walden/changelog*)
foreach(page ${pages})
  execute_process(COMMAND gzip -9n ${page} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
