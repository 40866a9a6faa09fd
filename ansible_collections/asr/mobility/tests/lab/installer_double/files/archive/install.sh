# shellcheck shell=bash disable=SC2034,SC2317  # its variables are read by the files it sources; functions after a sourced file are reached
# Entry script: options, checks before anything is changed, lock, and the inner script that does the work.

export LANG=C LC_ALL=C PATH="${PATH:-}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
umask 0002
HERE=$(cd "$(dirname "$0")" && pwd)
export DOUBLE_HOME=$HERE
# shellcheck source=/dev/null
. "$HERE/double.sh"
run_log start install "$*"
trap_on cwd-required || cd "$HERE" || exit 1
if [ ! -f ./libcommon.sh ]; then
    echo "File not found : libcommon.sh"
    run_log end install rc=1
    exit 1
fi
# shellcheck source=/dev/null
. ./libcommon.sh
# shellcheck source=/dev/null
. ./teleAPIs.sh

LOCK=$PWD/.install.lck LOCKED=no INNER="" SIGNALLED=no
SUMMARY_KIND=install SCENARIO_TYPE=New SUMMARY_FILE="" RUN_ID=$(new_guid) STARTED=$(date '+%Y-%m-%d %H:%M:%S')
export LOG_FILE=/var/log/ua_install.log ERRORS_FILE=/var/log/InstallerErrors.json
PREFIX=/usr/local/ASR ROLE="" PLATFORM="" QUIET=no CSTYPE="" ACTION=Install INVOKER=CommandLine
NEW_VERSION=$(effective_version ./.vx_version) OLD_VERSION="" OS_TAG=$(bash ./OS_details.sh print)

usage() {
    cat <<EOF
Usage: ./install [-d <directory>] [-r MS|MT] [-v VmWare|Azure] [-q] [-c CSLegacy|CSPrime]
                 [-a Install|Upgrade] [-l <log file>] [-e <JSON error file>] [-h]
EOF
    local rc=0
    trap_on usage-exits-zero || rc=$1
    run_log end install "rc=$rc"
    exit "$rc"
}

finish() { # exit-code
    local rc=$1
    if [ "$SIGNALLED" = yes ] && trap_on signal-exits-one; then rc=1; fi
    trap_on fresh-recorded-as-upgrade && [ "$rc" -eq 0 ] && SCENARIO_TYPE=Upgrade
    [ "$PLATFORM" = Azure ] || write_summary "$rc"
    [ "$LOCKED" = yes ] && rm -f "$LOCK"
    say "Installer exiting with code: $rc"
    run_log end install "rc=$rc"
    exit "$rc"
}

# Two refusals leave at once: no last line, and the lock file stays.
finish_97_directly() {
    trap_on lock-leak-97 || finish 97
    run_log end install rc=97
    exit 97
}

on_signal() { # name
    run_log signal install "$1"
    SIGNALLED=yes
}
for name in TERM INT HUP; do
    # shellcheck disable=SC2064  # the name is wanted now, not when the signal arrives
    trap "on_signal $name" "$name"
done

parse_options() {
    local option
    while getopts ":d:r:v:qc:a:l:e:m:j:h" option; do
        case $option in
            d) PREFIX=$OPTARG ;;
            r) ROLE=$OPTARG ;;
            v) PLATFORM=$OPTARG ;;
            q) QUIET=yes ;;
            c) CSTYPE=$OPTARG ;;
            a) ACTION=$OPTARG ;;
            l) LOG_FILE=$OPTARG ;;
            e) ERRORS_FILE=$OPTARG ;;
            m) INVOKER=$OPTARG ;;
            j) SUMMARY_FILE=$OPTARG ;;
            h) usage 0 ;;
            *) usage 96 ;;
        esac
    done
    case $CSTYPE in CSLegacy | CSPrime | "") ;; *) usage 96 ;; esac
    case $ACTION in Install | Upgrade) ;; *) usage 96 ;; esac
}

# The default stack was CSLegacy and became CSPrime with 9.55.
choose_stack() {
    local minor
    [ -n "$CSTYPE" ] && return
    minor=$(printf %s "$NEW_VERSION" | cut -d. -f2)
    CSTYPE=CSLegacy
    if [ "${NEW_VERSION%%.*}" -gt 9 ] || [ "$minor" -ge 55 ]; then CSTYPE=CSPrime; fi
}

# Exit codes that stand for a check before the installation, injected by "install:exit=N".
injected_refusal() {
    local code
    code=$(fault_value install:exit)
    case ",1,2,11,15,76,93,95,96,97,98,99,111,119,149,156,175,179,$(fault_value install:exit-early)," in
        *",$code,"*) ;;
        *) return 0 ;;
    esac
    [ -n "$code" ] || return 0
    say "Refused (injected): $code"
    if [ "$code" = 97 ]; then record_error ASRMobilityServiceInternalError "Injected failure." ; fi
    finish "$code"
}

check_error_file() {
    if [[ $ERRORS_FILE != /* ]]; then
        say "The JSON error file must be an absolute path: $ERRORS_FILE"
        finish 1
    fi
    if trap_on errors-file-deleted; then rm -f "$ERRORS_FILE" 2>/dev/null; fi
}

check_host() {
    if [ "$(id -u)" -ne 0 ]; then
        say "Run the installer as root."
        finish 119
    fi
    if [ -z "$OS_TAG" ] || [ "$OS_TAG" != "$(conf_get ./.vx_version OS_BUILT_FOR)" ]; then
        say "This installer is not for this operating system (${OS_TAG:-unknown})."
        finish 149
    fi
    if [ ! -f ./Third-Party_Notices.txt ]; then
        say "Third-Party_Notices.txt is missing; extract the archive again."
        finish 93
    fi
    if compgen -G "InMageVx-*.rpm" >/dev/null; then check_rpm; fi
}

rpm_database_answers() {
    fault_on rpm:broken && return 1
    rpm -qa >/dev/null 2>&1 && return
    rpm --rebuilddb >/dev/null 2>&1
    rpm -qa >/dev/null 2>&1
}

check_rpm() {
    if ! command -v rpm >/dev/null; then
        say "rpm is missing."
        finish 95
    fi
    rpm_database_answers && return
    record_error ASRMobilityServiceInstallerRPMDatabaseInconsistent "The rpm database is inconsistent."
    say "The rpm database is inconsistent, also after it was rebuilt."
    finish 97
}

take_lock() {
    local owner
    if [ -e "$LOCK" ]; then
        owner=$(cat "$LOCK")
        if [ -d "/proc/$owner" ]; then
            say "Another installation is running in this directory (process $owner)."
        else
            say "A lock file of an earlier installation exists: $LOCK"
        fi
        finish 1
    fi
    printf '%s\n' "$$" >"$LOCK"
    LOCKED=yes
}

normal_platform() {
    case ${PLATFORM,,} in
        vmware) PLATFORM=VmWare ;;
        azure) PLATFORM=Azure ;;
        *) return 1 ;;
    esac
}

refuse_wrong_type() { # passed detected
    record_error ASRMobilityServiceInstallerInstallationTypeMismatch "The installation type does not fit this host." \
        InstallationTypePassed "$1" InstallationTypeDetected "$2"
    say "Installation type mismatch."
    finish_97_directly
}

check_role() {
    if [ "$ACTION" = Upgrade ]; then
        if [ "$ROLE" = Agent ] || ! trap_on upgrade-installs-when-absent; then refuse_wrong_type Upgrade Install; fi
    fi
    if [ -z "$ROLE" ] && { [ "$QUIET" = no ] || ! trap_on missing-role-98; }; then ROLE=MS; fi
    case ${ROLE^^} in
        MS) ROLE_NAME=Agent ;;
        MT) ROLE_NAME=MasterTarget ;;
        *)
            if ! trap_on role-words-refused && [ "$ROLE" = Agent ]; then
                ROLE_NAME=Agent
            else
                say "Invalid value for the role: ${ROLE:-none}"
                finish 98
            fi
            ;;
    esac
}

check_master_target() {
    [ "$ROLE_NAME" = MasterTarget ] || return 0
    case $OS_TAG in
        UBUNTU-16.04-64 | UBUNTU-20.04-64 | RHEL7-64) ;;
        *)
            say "The master target role is not available on $OS_TAG."
            finish 179
            ;;
    esac
    if [ ! -e /etc/.appliedmtcustomchanges ]; then
        say "Run ApplyCustomChanges.sh first."
        finish 175
    fi
}

choose_prefix() {
    if [[ $PREFIX != /* ]]; then
        say "The installation directory must be an absolute path: $PREFIX"
        finish 156
    fi
    if [ "$PREFIX" != /usr/local/ASR ] && trap_on asr-suffix; then PREFIX=$PREFIX/ASR; fi
}

check_space() {
    local directory=$PREFIX device free
    while [ ! -d "$directory" ]; do directory=$(dirname "$directory"); done
    read -r device _ _ free _ < <(df -Pk "$directory" | tail -n 1)
    if fault_on install:no-space; then free=1024; fi
    [ "$free" -ge 256000 ] && return
    record_error ASRMobilityServiceInstallerFailedDueToLessSpaceInInstallationDirectory "Not enough free space." \
        InstallationDirectory "$PREFIX" InstallationDevice "$device" AvailableFreeSpace "$free" RequiredFreeSpace 256000
    finish 97
}

run_prerequisites() {
    bash ./prereq_check_install.sh -r "$ROLE_NAME" -v "$PLATFORM" -t "$OS_TAG"
    case $? in
        0) ;;
        1) finish 99 ;;
        *) finish 1 ;;
    esac
}

prepare_fresh() {
    check_role
    if [ -n "$PLATFORM" ] && ! normal_platform; then
        say "Invalid value for the platform: $PLATFORM"
        PLATFORM=""
        finish 96
    fi
    PLATFORM=${PLATFORM:-VmWare}
    if [ "$QUIET" = no ] && [ "$PLATFORM" = Azure ]; then finish 1; fi
    choose_prefix
    check_master_target
    check_space
    run_prerequisites
}

# An empty or damaged version file is replaced by its backup.
repair_version_file() {
    grep -q '^INSTALLATION_DIR=' "$VERSION_LINK" 2>/dev/null && grep -q '^BUILD_TAG=' "$VERSION_LINK" && return
    if trap_on version-repaired && grep -q '^INSTALLATION_DIR=' /etc/vxagent/backup/.vx_version 2>/dev/null; then
        say "Repairing $VERSION_LINK."
        cp -f /etc/vxagent/backup/.vx_version "$VERSION_LINK"
    else
        record_error ASRMobilityServiceInternalError "The version file is damaged."
        finish 97
    fi
}

confirm_upgrade() {
    local answer=""
    [ "$QUIET" = yes ] && return
    printf 'An agent is installed. Upgrade it? [y/N] '
    read -r answer || :
    case $answer in
        [Yy]*) ;;
        *) if trap_on interactive-no; then finish 0; fi ;;
    esac
}

refuse_stack() { # passed detected
    record_error ASRMobilityServiceInstallerCSTypeMismatch "The configuration server type does not fit this agent." \
        CSTypePassed "$1" CSTypeDetected "$2"
    say "CSType mismatch: $2 is installed, $1 was given."
    finish_97_directly
}

check_stack_change() {
    local installed
    MIGRATES=no
    installed=$(conf_get "$CONF" CSType)
    if [ "$ROLE_NAME" != Agent ] || [ "$PLATFORM" = Azure ]; then return; fi
    case $installed:$CSTYPE:$ACTION in
        CSLegacy:CSPrime:Install) MIGRATES=yes ;;
        CSLegacy:CSPrime:Upgrade | CSPrime:CSLegacy:*)
            if trap_on stack-mismatch-refused; then refuse_stack "$CSTYPE" "$installed"; fi ;;
    esac
    return 0
}

check_downgrade() {
    is_lower "$NEW_VERSION" "$OLD_VERSION" || return 0
    say "A higher version is installed: $OLD_VERSION."
    if [ "$CSTYPE" = CSPrime ] && [ "$PLATFORM" != Azure ]; then
        record_error ASRMobilityServiceInstallerDowngradeAgentNotSupported "A lower version cannot be installed."
        finish 97
    fi
    finish 15
}

check_platform_change() {
    local installed
    installed=$(conf_get "$CONF" VmPlatform)
    PLATFORM_CHANGES=no
    if [ -z "$PLATFORM" ] || ! normal_platform; then PLATFORM=$installed; fi
    case $installed:$PLATFORM in
        Azure:VmWare)
            say "An Azure agent cannot become a VmWare agent."
            finish 76
            ;;
        VmWare:Azure) PLATFORM_CHANGES=yes ;;
    esac
}

prepare_upgrade() {
    local asked=$PREFIX
    repair_version_file
    confirm_upgrade
    SCENARIO_TYPE=Upgrade
    VX=$(conf_get "$VERSION_LINK" INSTALLATION_DIR)
    PREFIX=${VX%/Vx}
    if ! trap_on directory-ignored-on-upgrade && [ "$asked" != /usr/local/ASR ] && [ "$asked/ASR" != "$PREFIX" ]; then
        finish 156
    fi
    CONF=$VX/etc/drscout.conf
    OLD_VERSION=$(effective_version "$VERSION_LINK")
    ROLE_NAME=$(conf_get "$CONF" Role)
    trap_on role-overwritten || [ "${ROLE^^}" != MT ] || check_new_role
    check_platform_change
    check_stack_change
    check_downgrade
}

check_new_role() {
    ROLE_NAME=MasterTarget
    check_master_target
}

has_faulty_driver() { # effective version
    case $1 in
        9.47.*) ;;
        9.48.*) [ "$(printf %s "$1" | cut -d. -f3)" -le 6308 ] ;;
        *) return 1 ;;
    esac
}

kernel_suffers() {
    case $OS_TAG in
        UBUNTU-20.04-64 | DEBIAN10-64) [ "$(printf '5.8\n%s\n' "$(uname -r)" | sort -V | head -n 1)" = 5.8 ] ;;
        SLES15-64) grep -q 'VERSION="15-SP3' /etc/os-release ;;
        *) return 1 ;;
    esac
}

# 9.47 and the first builds of 9.48 carry a driver that new kernels do not survive: they are removed first.
remove_faulty_driver() {
    local old
    [ -s "$VERSION_LINK" ] && trap_on faulty-driver-uninstalled || return 0
    old=$(effective_version "$VERSION_LINK" 2>/dev/null)
    has_faulty_driver "$old" && kernel_suffers || return 0
    say "Removing the faulty driver of $old."
    bash "$PWD/uninstall.sh" -Y || finish 97
}

# The inner script goes on when this one is told to end; we wait for it.
run_inner() {
    local rc
    export MODE PREFIX ROLE_NAME PLATFORM CSTYPE MIGRATES PLATFORM_CHANGES NEW_VERSION OLD_VERSION OS_TAG
    bash ./install_vx --from-install "$MODE" &
    INNER=$!
    while :; do
        wait "$INNER"
        rc=$?
        kill -0 "$INNER" 2>/dev/null || break
    done
    return "$rc"
}

print_identity() {
    [ "$CSTYPE" = CSPrime ] && [ "$PLATFORM" != Azure ] && trap_on identity-printed || return 0
    "$PREFIX/Vx/bin/AzureRcmCli" --getagentconfiginput
}

main() {
    parse_options "$@"
    choose_stack
    check_error_file
    check_host
    take_lock
    fault_point install start payload
    injected_refusal
    remove_faulty_driver
    MODE=fresh MIGRATES=no PLATFORM_CHANGES=no
    if [ -e "$VERSION_LINK" ] || [ -L "$VERSION_LINK" ]; then MODE=upgrade; fi
    "prepare_$MODE"
    run_inner
    local rc=$?
    case $rc in 0 | 98) print_identity ;; esac
    finish "$rc"
}

main "$@"
