# shellcheck shell=bash
# Stand-in for hotfix_install.sh: same arguments, same order, same silences. Starts are written down for the tests.
root=$1
log=/var/log/ua_install.log
say() {
    echo "$*"
    echo "$(date '+%m/%d/%Y %H:%M:%S') : $*" >>"$log"
}
echo "$(date +%s) start hotfix $root daemons=$(pgrep -cx 'svagents|appservice')" >>/var/log/asr-double-hotfix.log
[ -n "$root" ] || {
    say "Give the directory that holds Drivers."
    exit 1
}
[ -f "$root/OS_details.sh" ] || {
    say "No OS_details.sh in the directory."
    exit 1
}
system=$("$root/OS_details.sh" 1)
[ -d "$root/Drivers" ] || {
    say "No Drivers; would download them."
    exit 1
}
if lsmod | grep -iq involflt; then
    echo "Filter driver is already loaded" >>"$log"
    exit 0
fi
release=$(uname -r)
folder=/lib/modules/$release/kernel/drivers/char
[ -f "$root/Drivers/involflt.ko.$release" ] || {
    echo "No driver for $release on $system" >>"$log"
    exit 1
}
cp -f "$root/Drivers/involflt.ko.$release" "$folder/involflt.ko"
depmod -a >>"$log" 2>&1
modprobe -vs involflt >>"$log" 2>&1
if lsmod | grep -iq involflt; then
    say "Filter driver is loaded successfully"
else
    say "Failed to load filter driver"
fi
exit 0
