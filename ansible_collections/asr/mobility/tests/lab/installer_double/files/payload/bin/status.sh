# shellcheck shell=bash
# Prints whether the daemons run; the exit code says nothing.
bin=$(cd "$(dirname "$0")" && pwd)
DOUBLE_HOME=$bin/../scripts/double
# shellcheck source=/dev/null
. "$bin/libcommon.sh"
# shellcheck source=/dev/null
. "$DOUBLE_HOME/double.sh"
rc=0
report() { # label process
    if [ -n "$(pids_named "$2")" ]; then
        echo "$1 daemon is running..."
    else
        echo "$1 daemon is not running!"
        rc=3
    fi
}
report "VX Agent" svagents
report appservice appservice
if trap_on status-always-zero; then exit 0; fi
exit "$rc"
