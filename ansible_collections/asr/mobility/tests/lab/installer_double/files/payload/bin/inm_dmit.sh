# shellcheck shell=bash
# Stand-in: knows one operation. The version is the one of the driver in memory, not of the file it came from.
# Where the lab's modprobe keeps what it loaded: /run/asr-lab/loaded.
LOADED=/run/asr-lab/loaded/involflt
[ "$1" = --op=get_driver_version ] || exit 1
if [ ! -r "$LOADED" ]; then
    echo "inm_dmit: /dev/involflt: No such device" >&2
    exit 1
fi
version=$(sed -n 's/^version=//p' "$LOADED")
echo "Driver Version   $version"
echo "Product Version  $version"
