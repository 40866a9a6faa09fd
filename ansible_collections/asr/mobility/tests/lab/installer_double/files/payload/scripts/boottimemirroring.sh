# shellcheck shell=bash
### BEGIN INIT INFO
# Provides:          boottimemirroring
# Required-Start:    $local_fs
# Required-Stop:     $local_fs
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: boot time mirroring of the Mobility service
### END INIT INFO
# Systemd has units that load the driver.
if [ "$1" = start ] && [ ! -d /run/systemd/system ]; then modprobe involflt; fi
exit 0
