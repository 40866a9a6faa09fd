# shellcheck shell=bash
# Stand-in for the client that takes the agent off the configuration server. Fault: cs:unreachable.
bin=$(cd "$(dirname "$0")" && pwd)
DOUBLE_HOME=$bin/../scripts/double
# shellcheck source=/dev/null
. "$DOUBLE_HOME/double.sh"
# shellcheck source=/dev/null
. "$bin/libcommon.sh"
CONF=$bin/../etc/drscout.conf
run_log start unregister "unregagent $*"
rc=0
if fault_on cs:unreachable || ! answers "$(conf_get "$CONF" Hostname)" "$(conf_get "$CONF" Port)"; then rc=1; fi
run_log end unregister "rc=$rc"
exit "$rc"
