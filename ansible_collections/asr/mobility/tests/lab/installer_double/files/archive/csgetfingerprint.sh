# shellcheck shell=bash
# Stand-in for the exchange with the configuration server. Faults: cs:unreachable, cs:wrong-passphrase.
DOUBLE_HOME=$(dirname "$0")/../scripts/double
# shellcheck source=/dev/null
. "$DOUBLE_HOME/double.sh"
address="" port=443
while getopts ":i:p:" option; do
    case $option in
        i) address=$OPTARG ;;
        p) port=$OPTARG ;;
        *) ;;
    esac
done
if [ -z "$address" ] || fault_on cs:unreachable || fault_on cs:wrong-passphrase; then
    echo "The configuration server $address:$port did not answer as expected." >&2
    exit 1
fi
[ -s /usr/local/InMage/private/connection.passphrase ] || exit 1
for kind in fingerprints certs; do
    mkdir -p "/usr/local/InMage/$kind"
done
echo "stand-in" >"/usr/local/InMage/fingerprints/${address}_$port.fingerprint"
echo "stand-in" >"/usr/local/InMage/certs/${address}_$port.crt"
