# shellcheck shell=bash
# Looks every 360 seconds whether the daemons live, and starts them again.
trap 'kill "$sleeper" 2>/dev/null; exit 0' TERM
while :; do
    sleep 360 &
    sleeper=$!
    wait "$sleeper"
    [ -e /usr/local/.norespawn_vxagent ] || bash /etc/vxagent/bin/vxagent start
done
