# shellcheck shell=bash
### BEGIN INIT INFO
# Provides:          uarespawnd
# Required-Start:    vxagent
# Required-Stop:     vxagent
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: starts the Mobility service again
### END INIT INFO
VX=$(sed -n 's/^INSTALLATION_DIR=//p' /usr/local/.vx_version 2>/dev/null | head -n 1)
PID_FILE=/run/uarespawnd.pid
case $1 in
    start)
        if [ -s "$PID_FILE" ] && kill -0 "$(cat "$PID_FILE")" 2>/dev/null; then exit 0; fi
        "$VX/bin/uarespawndagent" </dev/null >>/var/log/uarespawnd.log 2>&1 &
        echo $! >"$PID_FILE"
        ;;
    stop)
        pid=$(cat "$PID_FILE" 2>/dev/null)
        [ -n "$pid" ] && kill "$pid" 2>/dev/null
        for _ in $(seq 1 50); do
            { [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; } || break
            sleep 0.1
        done
        rm -f "$PID_FILE"
        ;;
    *) ;;
esac
exit 0
