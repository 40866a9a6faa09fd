# shellcheck shell=bash
# Stand-in for the registration at a configuration server. Fault: cdpcli:registerhost.
DOUBLE_HOME=$(dirname "$0")/../scripts/double
# shellcheck source=/dev/null
. "$DOUBLE_HOME/double.sh"
echo "$(date '+%Y-%m-%d %H:%M:%S') $1" >>/var/log/cdpcli.log
! fault_on "cdpcli:${1#--}"
