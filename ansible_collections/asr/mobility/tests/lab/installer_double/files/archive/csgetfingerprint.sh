# shellcheck shell=bash
# Stand-in for the exchange with the configuration server: connects, and compares the passphrase when the host was told
# what the server's is. Faults: cs:unreachable, cs:wrong-passphrase, cs:passphrase-sha256.
bin=$(cd "$(dirname "$0")" && pwd)
DOUBLE_HOME=$bin/../scripts/double
# shellcheck source=/dev/null
. "$DOUBLE_HOME/double.sh"
# shellcheck source=/dev/null
. "$bin/libcommon.sh"
PASSPHRASE=/usr/local/InMage/private/connection.passphrase
address="" port=443
while getopts ":i:p:" option; do
    case $option in
        i) address=$OPTARG ;;
        p) port=$OPTARG ;;
        *) ;;
    esac
done

refuse() { # reason
    echo "The configuration server $address:$port did not answer as expected: $1" >&2
    exit 1
}

# The end of the line is no part of a passphrase.
is_the_servers() {
    local wanted found
    wanted=$(fault_value cs:passphrase-sha256)
    [ -z "$wanted" ] && return
    found=$(printf %s "$(cat "$PASSPHRASE")" | sha256sum)
    [ "${found%% *}" = "$wanted" ]
}

[ -n "$address" ] || refuse "no address"
if fault_on cs:unreachable || ! answers "$address" "$port"; then refuse "not reachable"; fi
[ -s "$PASSPHRASE" ] || refuse "no passphrase"
if fault_on cs:wrong-passphrase || ! is_the_servers; then refuse "wrong passphrase"; fi
for kind in fingerprints certs; do
    mkdir -p "/usr/local/InMage/$kind"
done
echo "stand-in" >"/usr/local/InMage/fingerprints/${address}_$port.fingerprint"
echo "stand-in" >"/usr/local/InMage/certs/${address}_$port.crt"
