# shellcheck shell=sh
# Remove the record of an agent whose programs are gone, and the links beside it. Variable: ASR_INSTALL_DIR (the prefix).
if [ -d "$ASR_INSTALL_DIR/Vx/bin" ]; then
    echo "there are programs in $ASR_INSTALL_DIR/Vx/bin"
    exit 1
fi
rm -f /usr/local/.vx_version /usr/local/.vx_install_manifest /usr/local/drscout.conf
