# shellcheck shell=bash
# Tells the configuration server that this agent goes. Fault: cs:unreachable.
DOUBLE_HOME=$(dirname "$0")/../scripts/double
# shellcheck source=/dev/null
. "$DOUBLE_HOME/double.sh"
! fault_on cs:unreachable
