# shellcheck shell=bash
# Stand-in for the registration at an appliance: reads the source configuration and connects to the appliance it names.
# Faults: rcm:OPERATION=CODE, e.g. rcm:verifyclientauth=1. Codes: 0 done, 1 warnings, 2 errors, 120-149 specific.
# What makes a file acceptable is read in Microsoft's headers (AgentConfig.h, RcmProxyDetails.h), not observed.
bin=$(cd "$(dirname "$0")" && pwd)
DOUBLE_HOME=$bin/../scripts/double
# shellcheck source=/dev/null
. "$DOUBLE_HOME/double.sh"
# shellcheck source=/dev/null
. "$bin/libcommon.sh"
KEPT=$bin/../etc/SourceConfig.json
ERRORS_FILE="" CONFIG=$KEPT OPERATION=${1#--}
shift
while [ $# -gt 0 ]; do
    case $1 in
        --configfile) CONFIG=$2 ;;
        --errorfilepath) ERRORS_FILE=$2 ;;
        *) ;;
    esac
    shift
done
case $OPERATION in unregister*) run_log start unregister "AzureRcmCli $OPERATION" ;; esac
echo "$(date '+%Y-%m-%d %H:%M:%S') $OPERATION" >>/var/log/AzureRcmCli.log

finish() { # exit-code
    case $OPERATION in unregister*) run_log end unregister "rc=$1" ;; esac
    exit "$1"
}

refuse() { # exit-code error-name message
    echo "$3" >&2
    [ -z "$ERRORS_FILE" ] || record_error "$2" "$3"
    finish "$1"
}

# Print the text value of a key of the source configuration, wherever it stands.
value_of() { # key
    printf %s "$TEXT" | sed -n "s/.*\"$1\"[ ]*:[ ]*\"\([^\"]*\)\".*/\1/p"
}

# The id with the bytes of its first three groups reversed.
byte_swapped() { # guid
    printf '%s\n' "$1" | sed -E 's/^(..)(..)(..)(..)-(..)(..)-(..)(..)-/\4\3\2\1-\6\5-\8\7-/'
}

is_of_this_host() {
    local named own
    named=$(value_of BiosId) own=$(bios_id)
    named=${named,,} own=${own,,}
    trap_on foreign-config-refused || return 0
    [ "$named" = "$own" ] || { trap_on swapped-id-accepted && [ "$named" = "$(byte_swapped "$own")" ]; }
}

certificate_is_usable() {
    command -v openssl >/dev/null || return 0
    value_of ClientCertificate | base64 -d 2>/dev/null | openssl pkcs12 -nokeys -passin pass: 2>/dev/null |
        openssl x509 -noout -checkend 0 >/dev/null 2>&1
}

check_source_configuration() {
    case $TEXT in
        "{"*"}") ;;
        *) refuse 2 AzureRcmCliInvalidSourceConfig "The source configuration is not JSON." ;;
    esac
    is_of_this_host || refuse 2 AzureRcmCliBiosIdMismatch "The source configuration is of a machine with another BIOS id."
    certificate_is_usable ||
        refuse 2 AzureRcmCliClientCertificateInvalid "The client certificate has expired or cannot be read."
}

appliance_answers() {
    local address port
    port=$(printf %s "$TEXT" | sed -n 's/.*"Port"[ ]*:[ ]*"\{0,1\}\([0-9]*\).*/\1/p')
    for address in $(printf %s "$TEXT" | sed -n 's/.*"IpAddresses"[ ]*:[ ]*\[\([^]]*\)\].*/\1/p' | tr -d '",') \
        $(value_of NatIpAddress); do
        answers "$address" "${port:-443}" && return
    done
    return 1
}

if [ "$OPERATION" = getagentconfiginput ]; then
    printf '{"BiosId":"%s","Fqdn":"%s"}' "$(bios_id)" "$(uname -n)" | base64 -w 0 | sed 's/^/getagentconfiginput:/'
    echo
    exit 0
fi
TEXT=$(tr -d '\r\n' <"$CONFIG" 2>/dev/null | sed 's/^[ \t]*//; s/[ \t]*$//')
rc=$(fault_value "rcm:$OPERATION" 2)
if [ "${rc:-0}" -ne 0 ]; then refuse "$rc" "AzureRcmCli$OPERATION" "Injected result $rc."; fi
if [ "$OPERATION" = verifyclientauth ]; then check_source_configuration; fi
# The Azure platform has no source configuration: there is no appliance to ask.
if [ "$OPERATION" != cleanup ] && { [ -n "$TEXT" ] || [ "$OPERATION" = verifyclientauth ]; } && ! appliance_answers; then
    refuse 2 AzureRcmCliApplianceNotReachable "No address of the appliance takes a connection."
fi
if [ "$OPERATION" = verifyclientauth ]; then cp -f "$CONFIG" "$KEPT"; fi
finish 0
