#!/bin/sh
# The documented deployment of the Mobility service on Linux, in our own words: the folder was copied to the machine
# before; the version record decides between install, configure and upgrade.
# Arguments: the folder; the name of the archive in it.
folder=$1
archive=$2
record=/usr/local/.vx_version
log=$folder/deployment.log

say() {
    printf '%s %s\n' "$(date '+%Y-%m-%d %H:%M:%S')" "$*" >>"$log"
}

record_value() {
    sed -n "s/^$1 *= *//p" "$record" | head -n 1
}

unpack() {
    rm -rf "$folder/extracted"
    mkdir -p "$folder/extracted" && tar -xf "$folder/$archive" -C "$folder/extracted"
}

run_installer() {
    say "running the installer: $*"
    unpack || return 1
    (cd "$folder/extracted" && ./install "$@" </dev/null >>"$log" 2>&1)
}

configure() {
    if [ ! -f "$folder/MobSvc.passphrase" ] || [ ! -s "$folder/server" ]; then
        say "no server and no passphrase in the folder: not configured"
        return 0
    fi
    "$(record_value INSTALLATION_DIR)/bin/UnifiedAgentConfigurator.sh" \
        -i "$(cat "$folder/server")" -P "$folder/MobSvc.passphrase" -c CSLegacy </dev/null >>"$log" 2>&1
}

if [ ! -e "$record" ]; then
    run_installer -q -d /usr/local/ASR -r MS -v VmWare -c CSPrime && configure
elif [ "$(record_value AGENT_CONFIGURATION_STATUS)" != Succeeded ]; then
    configure
else
    run_installer -q -v VmWare
fi
code=$?
say "ended with $code"
exit "$code"
