# shellcheck shell=bash disable=SC2034  # its variables are read by the scripts that source it
# Shared by the installer, the configurator and the uninstaller: log, JSON errors, configuration, versions.

VERSION_LINK=/usr/local/.vx_version
NO_RESPAWN=/usr/local/.norespawn_vxagent
DEFAULT_HOST_ID=1234_45466_67689
TELEMETRY_DIR=/var/log/ASRsetuptelemetry

say() {
    printf '%s\n' "$*"
    printf '%s %s\n' "$(date '+%Y-%m-%d %H:%M:%S')" "$*" 2>/dev/null >>"${LOG_FILE:-/var/log/ua_install.log}" || :
}

# Append one entry to the JSON error file. No escaping is done, as in the real writer.
record_error() { # name message [key value]...
    local file=$ERRORS_FILE name=$1 message=$2 params="" head
    shift 2
    while [ $# -gt 1 ]; do
        params="$params${params:+,}\"$1\":\"$2\""
        shift 2
    done
    mkdir -p "$(dirname "$file")"
    if [ -s "$file" ]; then
        head="$(sed '/^\t\]$/,$d' "$file"),"
    else
        head=$(printf '{\n\t"Errors":\n\t[')
    fi
    printf '%s\n\t\t{\n\t\t\t"error_name":"%s",\n\t\t\t"error_params":{%s},\n\t\t\t"default_message":"%s"\n\t\t}\n\t]\n}\n' \
        "$head" "$name" "$params" "$message" >"$file"
}

# Print the value of a key of an INI or KEY=value file; both "Key = value" and "Key=value" are found.
conf_get() { # file key
    sed -n "s/^$2[ ]*=[ ]*//p" "$1" 2>/dev/null | head -n 1
}

# Set a key, keeping the spacing of its line; a missing key is added to the first section.
conf_set() { # file key value
    if grep -q "^$2[ ]*=" "$1"; then
        sed -i "s|^$2\([ ]*\)=\([ ]*\).*|$2\1=\2$3|" "$1"
    else
        sed -i "0,/^\[vxagent\]/s|^\[vxagent\]|[vxagent]\n$2=$3|" "$1"
    fi
}

# Replace or add KEY=value in a version file. Editing in place turns a symbolic link into a regular file.
version_set() { # file key value
    sed -i "/^$2=/d" "$1"
    printf '%s=%s\n' "$2" "$3" >>"$1"
}

version_drop() { # file key
    sed -i "/^$2=/d" "$1"
}

# VERSION with its third field replaced by the build, the fifth "_" field of the BUILD_TAG line.
effective_version() { # version file
    local version build
    version=$(conf_get "$1" VERSION)
    build=$(grep '^BUILD_TAG=' "$1" | cut -d_ -f5)
    printf '%s\n' "$version" | awk -F. -v build="$build" '{ print $1 "." $2 "." build "." $4 }'
}

# Does the first version come before the second one?
is_lower() { # version version
    if trap_on joined-digit-compare; then
        [ "$(printf %s "$1" | tr -d .)" -lt "$(printf %s "$2" | tr -d .)" ]
    else
        [ "$1" != "$2" ] && [ "$(printf '%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]
    fi
}

new_guid() {
    cat /proc/sys/kernel/random/uuid
}

# The same file the kernel shows everybody; a host without a firmware table is known by its machine id here.
bios_id() {
    cat /sys/class/dmi/id/product_uuid 2>/dev/null || sed 's/^\(.\{8\}\)\(.\{4\}\)\(.\{4\}\)\(.\{4\}\)/\1-\2-\3-\4-/' /etc/machine-id
}

# Process ids whose command name is exactly the argument.
pids_named() { # comm
    local entry comm
    for entry in /proc/[0-9]*; do
        { read -r comm <"$entry/comm"; } 2>/dev/null || continue
        [ "$comm" = "$1" ] && printf '%s\n' "${entry#/proc/}"
    done
    return 0
}

on_systemd() {
    [ -d /run/systemd/system ]
}

# Put a script of /etc/init.d into its run levels.
add_script() { # name
    if command -v chkconfig >/dev/null; then
        chkconfig --add "$1"
    elif command -v update-rc.d >/dev/null; then
        update-rc.d "$1" defaults >/dev/null 2>&1
    fi
}

# Take a script of /etc/init.d out of its run levels, then away.
remove_script() { # name
    [ -e "/etc/init.d/$1" ] || [ -h "/etc/init.d/$1" ] || return 0
    if command -v chkconfig >/dev/null; then
        chkconfig --del "$1"
    elif command -v update-rc.d >/dev/null; then
        update-rc.d -f "$1" remove >/dev/null 2>&1
    fi
    rm -f "/etc/init.d/$1"
}

# Is there somebody who takes a connection? Three seconds are enough for any network of the lab.
answers() { # address port
    # shellcheck disable=SC2016  # the inner shell expands them
    timeout 3 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$1" "$2" 2>/dev/null
}
