# shellcheck shell=sh
# Remove the record of an agent whose programs are gone, the links beside it, and what is left of the program tree: no
# uninstaller can do that any more. Variable: ASR_INSTALL_DIR (the prefix). Stands behind forget_package.sh: a package
# that rpm still knew would be in the way of a fresh installation. Exit code 3: refused before anything was removed.
if [ -e "$ASR_INSTALL_DIR/Vx/bin/uninstall" ]; then
    echo "there are programs in $ASR_INSTALL_DIR/Vx/bin"
    exit 3
fi
forget_package || exit "$?"
rm -rf "$ASR_INSTALL_DIR/Vx" &&
    rm -f /usr/local/.vx_version /usr/local/.vx_install_manifest /usr/local/drscout.conf
