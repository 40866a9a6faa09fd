# shellcheck shell=bash
# Stops the agent: 0 stopped, 2 processes are still there. Fault: stop:fails.
bin=$(cd "$(dirname "$0")" && pwd)
DOUBLE_HOME=$bin/../scripts/double
# shellcheck source=/dev/null
. "$bin/libcommon.sh"
# shellcheck source=/dev/null
. "$DOUBLE_HOME/double.sh"
: >"$NO_RESPAWN"
if fault_on stop:fails; then
    echo "The agent did not stop."
    exit 2
fi
bash "$bin/vxagent" stop
if on_systemd; then
    systemctl stop uarespawnd vxagent 2>/dev/null
elif [ -x /etc/init.d/uarespawnd ]; then
    /etc/init.d/uarespawnd stop
fi
for _ in $(seq 1 50); do
    [ -z "$(pids_named svagents)$(pids_named appservice)" ] && exit 0
    sleep 0.1
done
exit 2
