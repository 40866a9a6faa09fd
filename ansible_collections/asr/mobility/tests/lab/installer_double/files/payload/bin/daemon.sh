# shellcheck shell=sh
# Stand-in for a daemon: stays until it is told to end. Its command name is the name it was called by.
# Faults: svagents:dead, appservice:dead.
DOUBLE_HOME=$(dirname "$0")/../scripts/double
# shellcheck source=/dev/null
. "$DOUBLE_HOME/double.sh"
name=${0##*/}
if fault_on "$name:dead"; then
    echo "$name cannot start" >&2
    exit 1
fi
trap 'exit 0' TERM USR1
printf '%s %s started\n' "$(date '+%Y-%m-%d %H:%M:%S')" "$name" >>"/var/log/${name}_curr_1.log"
while :; do
    sleep 86400 &
    sleeper=$!
    trap 'kill "$sleeper" 2>/dev/null; exit 0' TERM USR1
    wait "$sleeper"
done
