# shellcheck shell=bash
### BEGIN INIT INFO
# Provides:          vxagent
# Required-Start:    $local_fs
# Required-Stop:     $local_fs
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: Mobility service
### END INIT INFO
VX=$(sed -n 's/^INSTALLATION_DIR=//p' /usr/local/.vx_version 2>/dev/null | head -n 1)
VX=${VX:-$(cd "$(dirname "$0")/.." && pwd)}
DOUBLE_HOME=$VX/scripts/double
# shellcheck source=/dev/null
. "$VX/bin/libcommon.sh"
# shellcheck source=/dev/null
. "$DOUBLE_HOME/double.sh"

start_one() { # name
    [ -n "$(pids_named "$1")" ] && return
    "$VX/bin/$1" </dev/null >/dev/null 2>&1 &
    fault_on "$1:dead" && return
    for _ in $(seq 1 40); do
        [ -n "$(pids_named "$1")" ] && return
        sleep 0.05
    done
}

stop_one() { # name signal
    local pid
    for pid in $(pids_named "$1"); do kill "-$2" "$pid" 2>/dev/null; done
    for _ in $(seq 1 50); do
        [ -z "$(pids_named "$1")" ] && return
        sleep 0.1
    done
}

case $1 in
    start)
        start_one svagents
        start_one appservice
        # The real script ends 0 whether or not a daemon came up.
        if ! trap_on oneshot-active-when-dead && [ -z "$(pids_named svagents)" ]; then exit 1; fi
        ;;
    stop)
        stop_one svagents USR1
        stop_one appservice TERM
        ;;
    restart)
        bash "$0" stop
        bash "$0" start
        ;;
    status) bash "$VX/bin/status" ;;
    *) echo "Usage: vxagent {start|stop|restart|status}" ;;
esac
exit 0
