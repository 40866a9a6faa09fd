# shellcheck shell=sh
# Put the drivers of an unpacked package in place. The working directory holds Drivers/, hotfix_install.sh and
# OS_details.sh. Variables: ASR_RUN, ASR_FILES (lines KERNEL|MEMBER), ASR_LOAD (1: the running kernel has no driver loaded
# and needs one), ASR_INSTALLATION (INSTALLATION_DIR of the agent, or empty), ASR_WAS_RUNNING (1: its daemons ran).
#
# Facts (hotfix_install.sh of Azure/Azure-SiteRecovery, June 2026, read): it works on the running kernel only; with a
# driver loaded it copies nothing and ends 0; when the driver does not load it may end 0 too; its branches that stop and
# start the agent and make the initrd images anew are never reached. So what it leaves out is done here, as Microsoft
# describes it for work by hand: copy, depmod, initrd of the agent's own program.
# A driver whose boot images could not be made is taken back, so that the host does not look finished.
# shellcheck disable=SC2154,SC2317 # the variables are set by the caller; some functions are called by name
apply_log=/var/log/InMage_drivers.log
apply_code=0

apply_failed() { # text
    printf 'failed: %s\n' "$1"
    apply_code=1
}

apply_agent() { # stop or start
    if [ -n "$ASR_INSTALLATION" ] && [ "$ASR_WAS_RUNNING" = 1 ] && [ -x "$ASR_INSTALLATION/bin/$1" ]; then
        "$ASR_INSTALLATION/bin/$1" </dev/null >/dev/null 2>&1
        printf '%s=%s\n' "$1" "$?"
    fi
}

apply_place() { # kernel member: replaced as a whole, so that no boot ever sees half a driver
    apply_folder=/lib/modules/$1/kernel/drivers/char
    apply_new=$apply_folder/involflt.ko.asr-mobility
    [ -n "$2" ] || return 0
    [ ! -f "$apply_folder/involflt.ko" ] || cp -p "$apply_folder/involflt.ko" "$ASR_RUN/old.$1" || return 1
    cmp -s "$2" "$apply_folder/involflt.ko" && return 0
    rm -f "$apply_new"
    if [ -d "/lib/modules/$1" ] && mkdir -p "$apply_folder" && cp "$2" "$apply_new" && chmod 755 "$apply_new" &&
        mv -f "$apply_new" "$apply_folder/involflt.ko"; then
        return 0
    fi
    rm -f "$apply_new"
    apply_failed "the driver for $1 could not be put into $apply_folder"
}

apply_boot() { # kernel member: the module index, and the images that load the driver early
    if ! depmod "$1"; then
        apply_take_back "$1" "$2" "depmod failed for $1"
    elif [ -n "$ASR_INSTALLATION" ] && [ -f "$ASR_INSTALLATION/scripts/initrd/install.sh" ]; then
        bash "$ASR_INSTALLATION/scripts/initrd/install.sh" regenerate "$1" </dev/null >>"$apply_log" 2>&1 ||
            apply_take_back "$1" "$2" "the initrd of $1 was not made anew (exit code $?)"
    fi
}

apply_take_back() { # kernel member text
    apply_failed "$3"
    [ -n "$2" ] || return 0
    if [ -f "$ASR_RUN/old.$1" ]; then
        cp -p "$ASR_RUN/old.$1" "/lib/modules/$1/kernel/drivers/char/involflt.ko"
    else
        rm -f "/lib/modules/$1/kernel/drivers/char/involflt.ko"
    fi
    depmod "$1"
}

apply_each() { # function: with kernel and member of each line
    while IFS='|' read -r apply_kernel apply_member; do
        [ -z "$apply_kernel" ] || "$1" "$apply_kernel" "$apply_member" </dev/null
    done <"$ASR_RUN/kernels"
}

echo driver >"$ASR_RUN/step"
printf '%s\n' "$ASR_FILES" >"$ASR_RUN/kernels" || exit 1
if [ "$ASR_LOAD" = 1 ]; then
    { cp "$ASR_RUN/hotfix_install.sh" "$ASR_RUN/OS_details.sh" . && chmod 700 hotfix_install.sh OS_details.sh; } || exit 1
    apply_agent stop
    bash ./hotfix_install.sh "$PWD" </dev/null
    apply_hotfix=$?
    printf 'hotfix_install.sh=%s\n' "$apply_hotfix"
    [ "$apply_hotfix" -eq 0 ] || apply_code=$apply_hotfix
fi
apply_each apply_place
apply_each apply_boot
[ "$ASR_LOAD" != 1 ] || apply_agent start
exit "$apply_code"
