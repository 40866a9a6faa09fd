# shellcheck shell=bash
# Loads the driver at boot.
if [ "$1" = start ]; then modprobe involflt; fi
exit 0
