# shellcheck shell=bash
# Prints the OS tag when called with any argument; an empty line when the system is not supported.
# Which identity file is looked at first, and which releases are known, is data below.

matches() { # file pattern
    grep -qE "$2" "$1" 2>/dev/null
}

# First line of "pattern tag" pairs (from standard input) whose pattern is in the file.
tag_from() { # file
    local tag pattern
    while read -r tag pattern; do
        if matches "$1" "$pattern"; then
            printf '%s' "$tag"
            return
        fi
    done
}

oracle_tags='OL6-64 Oracle Linux Server release 6\.([4-9]|10)
OL7-64 Oracle Linux Server release 7
OL8-64 Oracle Linux Server release 8
OL9-64 Oracle Linux Server release 9\.[0-6]
OL10-64 Oracle Linux Server release 10\.0'
four='(Red Hat Enterprise Linux|CentOS Linux|Rocky Linux|AlmaLinux)'
redhat_tags="RHEL5-64 (Red Hat Enterprise Linux Server|CentOS) release 5\.([2-9]|1[01])
RHEL10-64 (Red Hat Enterprise Linux|Rocky Linux|AlmaLinux) release 10\.0
RHEL6-64 (Red Hat Enterprise Linux (Server|Workstation)|CentOS( Linux)?) release 6
RHEL7-64 (Red Hat Enterprise Linux (Server|Workstation)|CentOS Linux) release 7
RHEL8-64 $four release 8
RHEL9-64 $four release 9\.[0-8]"
debian_tags='DEBIAN10-64 ^10
DEBIAN11-64 ^11
DEBIAN12-64 ^12
DEBIAN7-64 ^7
DEBIAN8-64 ^8
DEBIAN9-64 ^9'

suse_tag() {
    if matches /etc/SuSE-release 'VERSION = 12'; then
        printf 'SLES12-64'
    else
        printf 'PATCHLEVEL SLES11-SP3-64 3\nPATCHLEVEL SLES11-SP4-64 4\n' | while read -r key tag level; do
            matches /etc/SuSE-release "$key = $level" && printf '%s' "$tag"
        done
    fi
}

os_tag() {
    if [ -e /etc/oracle-release ]; then
        printf '%s\n' "$oracle_tags" | tag_from /etc/oracle-release
    elif [ -e /etc/redhat-release ]; then
        printf '%s\n' "$redhat_tags" | tag_from /etc/redhat-release
    elif matches /etc/SuSE-release 'VERSION = 1[12]'; then
        suse_tag
    elif matches /etc/os-release 'SLES|openSUSE Leap'; then
        matches /etc/os-release 'VERSION="15' && printf 'SLES15-64'
    elif [ -e /etc/lsb-release ]; then
        sed -nE 's/^DISTRIB_RELEASE="?((14|16|18|20|22|24)\.04).*/UBUNTU-\1-64/p' /etc/lsb-release | tr -d '\n'
    elif [ -e /etc/debian_version ]; then
        printf '%s\n' "$debian_tags" | tag_from /etc/debian_version
    fi
}

if [ $# -gt 0 ]; then
    [ "$(uname -m)" = x86_64 ] && os_tag
    printf '\n'
fi
exit 0
