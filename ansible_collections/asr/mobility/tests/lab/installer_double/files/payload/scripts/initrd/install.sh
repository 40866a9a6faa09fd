# shellcheck shell=bash
# Stand-in for the change of the initial ramdisk: "regenerate KERNEL" or "uninstall".
echo "$(date '+%Y-%m-%d %H:%M:%S') initrd $*" >>/var/log/InMage_drivers.log
