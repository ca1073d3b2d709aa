# The Debian package, made by cpack: packaging/build-deb.
set(maintainer "The Walden authors <walden@localhost>")
install(FILES walden.toml.example DESTINATION /etc/walden)
install(FILES debian/overrides DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides RENAME walden)
install(FILES debian/copyright DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/walden)
configure_file(debian/changelog.in ${CMAKE_CURRENT_BINARY_DIR}/changelog.Debian @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/changelog.Debian
        DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/walden)
install(FILES ${PROJECT_SOURCE_DIR}/CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/walden
        RENAME changelog)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME walden)
set(CPACK_PACKAGE_VENDOR Walden)
set(CPACK_PACKAGE_CONTACT "${maintainer}")
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_SOURCE_DIR}/debian/compress.cmake)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION database)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# The user postgres is postgresql-common's. A host that only expires or drills may have another.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS postgresql-common)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "postgresql, bash-completion")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGE_DESCRIPTION
"Small programs that PostgreSQL itself calls put every WAL segment into a store
(a directory or an S3 bucket), bring it back during recovery, and take and
restore physical base backups. What is stored is compressed, checked and, if
wanted, encrypted to a key that the database host does not have.

Units for backups, expiry, restore drills and alerts are included, and none of
them is enabled.")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(control ${CMAKE_CURRENT_SOURCE_DIR}/debian)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${control}/conffiles ${control}/postinst ${control}/prerm ${control}/postrm)
include(CPack)
