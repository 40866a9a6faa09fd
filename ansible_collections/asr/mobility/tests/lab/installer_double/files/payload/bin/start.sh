# shellcheck shell=bash
# Starts the agent; ends 0 whatever happens.
bin=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$bin/libcommon.sh"
rm -f "$NO_RESPAWN"
if on_systemd; then
    systemctl restart vxagent uarespawnd
else
    /etc/init.d/vxagent start
    /etc/init.d/uarespawnd start
fi
exit 0
