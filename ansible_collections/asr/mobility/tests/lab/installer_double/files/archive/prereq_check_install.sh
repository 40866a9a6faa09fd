# shellcheck shell=bash disable=SC2317  # functions after a sourced file are reached
# Runs every check of prereq_check_installer.json, collects all failures in the JSON error file.
# Exit: 0 all met, 1 some failed or the list is damaged, 2 usage.

DOUBLE_HOME=${DOUBLE_HOME:-$PWD}
# shellcheck source=/dev/null
. "$DOUBLE_HOME/double.sh"
# shellcheck source=/dev/null
. ./libcommon.sh
ERRORS_FILE=${ERRORS_FILE:-/var/log/InstallerErrors.json}
ROLE_NAME="" PLATFORM="" OS_TAG="" FAILED=0
while getopts ":r:v:t:" option; do
    case $option in
        r) ROLE_NAME=$OPTARG ;;
        v) PLATFORM=$OPTARG ;;
        t) OS_TAG=$OPTARG ;;
        *) exit 2 ;;
    esac
done
[ -n "$ROLE_NAME" ] && [ -n "$PLATFORM" ] || exit 2
CHECKS=$(sed -n 's/.*"CheckName" *: *"\([A-Za-z+]*\)".*/\1/p' prereq_check_installer.json)
if [ -z "$CHECKS" ]; then
    record_error ASRMobilityServiceInternalError "The list of checks is damaged."
    exit 1
fi

# Every function: 0 when met; otherwise it prints "id message|key|value..." on one line.
check_CLocaleAvailable() {
    locale -a 2>/dev/null | grep -qx C || echo "ASRMobilityServiceCLocaleNotAvailable|The C locale is missing."
}
check_HostNameSet() {
    [ -n "$(hostname 2>/dev/null)" ] || echo "ASRMobilityServiceHostNameNotSet|The host has no name."
}
check_SecureBoot() {
    command -v mokutil >/dev/null || return 0
    ! mokutil --sb-state 2>/dev/null | grep -q 'SecureBoot enabled' ||
        echo "ASRMobilityServiceSecureBootEnabled|Secure Boot is enabled.|VMName|$(uname -n)"
}
check_FreeSpaceOnRoot() {
    local free
    free=$(df -Pk / | awk 'NR == 2 { print $4 }')
    [ "$free" -ge 1048576 ] || echo "ASRMobilityServiceFreeSpaceOnRootNotSufficient|Not enough free space on /.|FreeSpace|$free"
}
check_KernelSupported() {
    case $OS_TAG in DEBIAN* | UBUNTU*) ;; *) return 0 ;; esac
    grep -qxF "$(uname -r)" supported_kernels ||
        echo "ASRMobilityServiceKernelNotSupported|Kernel $(uname -r) is not supported by this build.|KernelVersion|$(uname -r)"
}
check_KernelDirectoryExists() {
    [ -d "/lib/modules/$(uname -r)/kernel/drivers/char" ] ||
        echo "ASRMobilityServiceKernelDirectoryNotExist|The kernel's module directory is missing.|KernelVersion|$(uname -r)"
}
check_BootDiskAvailable() {
    bash ./inm_list_part >/dev/null || echo "ASRMobilityServiceBootDiskNotFound|The boot disk was not found."
}
# A container's overlay stands in for one ext4 disk.
root_file_system() {
    df -PT "$1" | awk 'NR == 2 { print ($2 == "overlay" ? "ext4" : $2) }'
}
check_IsRootFsSupported() {
    local kind
    kind=$(root_file_system /)
    case $kind in ext3 | ext4 | xfs | btrfs) return ;; esac
    echo "ASRMobilityServiceUnsupportedRootFileSystem|The root file system is not supported.|SupportedRootFileSystems|ext3 ext4 xfs btrfs|RootFileSystem|$kind"
}
check_IsBootFsSupported() {
    local kind
    kind=$(root_file_system /boot)
    case $kind in ext2 | ext3 | ext4 | xfs | btrfs) return ;; esac
    echo "ASRMobilityServiceUnsupportedBootFileSystem|The boot file system is not supported.|SupportedBootFileSystems|ext2 ext3 ext4 xfs btrfs|BootFileSystem|$kind"
}
check_DirsWritable() {
    local directory bad=""
    for directory in / /boot /etc /var; do
        { : >"$directory/.asr-prereq" && rm -f "$directory/.asr-prereq"; } 2>/dev/null || bad="$bad $directory"
    done
    [ -z "$bad" ] || echo "ASRMobilityServiceDirsNotWritable|Directories are not writable.|DirList|${bad# }"
}
check_DhcpClientAvailable() {
    local program package
    case $OS_TAG in
        RHEL* | OL*) program=dhclient package=dhclient ;;
        SLES12*) program=dhclient package=dhcp-client ;;
        SLES15*) program=/usr/lib/wicked/bin/wickedd-dhcp4 package=wicked ;;
        SLES11*) program=dhcpcd package=dhcpcd ;;
        *) program=dhclient package=isc-dhcp-client ;;
    esac
    command -v "$program" >/dev/null || echo "ASRMobilityServiceDhcpClientNotAvailable|No DHCP client.|Package|$package"
}
check_RunlevelCommandCheck() {
    local level
    if on_systemd; then
        ! systemctl is-active --quiet shutdown.target ||
            echo "ASRMobilityServiceRunlevelCommandFailure|The host is shutting down.|Runlevel|0"
        return 0
    fi
    level=$(runlevel 2>/dev/null | cut -d ' ' -f 2)
    case $level in
        [235]) ;;
        *) echo "ASRMobilityServiceRunlevelCommandFailure|The run level is not one for work.|Runlevel|$level" ;;
    esac
}

id_of() { # check
    case $1 in
        CLocaleAvailable) echo ASRMobilityServiceCLocaleNotAvailable ;;
        HostNameSet) echo ASRMobilityServiceHostNameNotSet ;;
        SecureBoot) echo ASRMobilityServiceSecureBootEnabled ;;
        FreeSpaceOnRoot) echo "ASRMobilityServiceFreeSpaceOnRootNotSufficient" ;;
        KernelSupported) echo ASRMobilityServiceKernelNotSupported ;;
        KernelDirectoryExists) echo ASRMobilityServiceKernelDirectoryNotExist ;;
        BootDiskAvailable) echo ASRMobilityServiceBootDiskNotFound ;;
        IsRootFsSupported) echo ASRMobilityServiceUnsupportedRootFileSystem ;;
        IsBootFsSupported) echo ASRMobilityServiceUnsupportedBootFileSystem ;;
        DirsWritable) echo ASRMobilityServiceDirsNotWritable ;;
        DhcpClientAvailable) echo ASRMobilityServiceDhcpClientNotAvailable ;;
        RunlevelCommandCheck) echo ASRMobilityServiceRunlevelCommandFailure ;;
        *) echo "ASRMobilityService$1" ;;
    esac
}

fail() { # check "id|message|key|value..."
    local fields
    IFS='|' read -r -a fields <<<"$2"
    say "Prerequisite failed: $1"
    record_error "${fields[@]}"
    FAILED=1
}

for check in $CHECKS; do
    # The list may name checks that this double does not look at; those pass unless injected.
    result=""
    if declare -F "check_$check" >/dev/null; then result=$("check_$check"); fi
    if fault_on "prereq:$check"; then result="$(id_of "$check")|Injected failure.|Injected|yes"; fi
    if [ -n "$result" ]; then
        fail "$check" "$result"
        trap_on prerequisites-collected || break
    fi
done
exit "$FAILED"
