# shellcheck shell=bash
# Stand-in for the registration at an appliance. Faults: rcm:OPERATION=CODE, e.g. rcm:verifyclientauth=1.
# Codes: 0 done, 1 warnings, 2 errors, 120-149 specific.
bin=$(cd "$(dirname "$0")" && pwd)
DOUBLE_HOME=$bin/../scripts/double
# shellcheck source=/dev/null
. "$DOUBLE_HOME/double.sh"
# shellcheck source=/dev/null
. "$bin/libcommon.sh"
ERRORS_FILE="" CONFIG="" OPERATION=${1#--}
shift
while [ $# -gt 0 ]; do
    case $1 in
        --configfile) CONFIG=$2 ;;
        --errorfilepath) ERRORS_FILE=$2 ;;
        *) ;;
    esac
    shift
done
echo "$(date '+%Y-%m-%d %H:%M:%S') $OPERATION" >>/var/log/AzureRcmCli.log

if [ "$OPERATION" = getagentconfiginput ]; then
    printf '{"BiosId":"%s","Fqdn":"%s"}' "$(bios_id)" "$(uname -n)" | base64 -w 0 | sed 's/^/getagentconfiginput:/'
    echo
    exit 0
fi
rc=$(fault_value "rcm:$OPERATION" 2)
if [ "$OPERATION" = verifyclientauth ] && [ -z "$rc" ]; then
    head -c 1 "$CONFIG" 2>/dev/null | grep -q '{' || rc=2
fi
if [ "${rc:-0}" -ne 0 ] && [ -n "$ERRORS_FILE" ]; then
    record_error "AzureRcmCli$OPERATION" "Injected result $rc."
fi
if [ "${rc:-0}" -eq 0 ] && [ "$OPERATION" = verifyclientauth ]; then
    cp -f "$CONFIG" "$bin/../etc/SourceConfig.json"
fi
exit "${rc:-0}"
