# shellcheck shell=sh
# What the host shows of the kernel driver, as lines key=value; the probe follows this text. Writes nothing.
# Variables: ASR_RECORD, ASR_MODULES (/lib/modules), ASR_SYSFS (/sys/module/involflt), ASR_PACKAGE (a driver package on
# this host, or empty).
#
# involflt.file=KERNEL|SHA256|SRCVERSION for each kernel that has a driver; involflt.shipped=KERNEL|SHA256 for what the
# agent brought for it; involflt.srcversion of the loaded one; involflt.kernel=KERNEL for each that is installed;
# package.kind, package.sha256, package.member=NAME, package.driver=NAME|SHA256.

look_sum() { # file
    command -v sha256sum >/dev/null 2>&1 || return 0
    sha256sum <"$1" 2>/dev/null | {
        read -r look_word _ && printf '%s' "$look_word"
    }
}

look_source() { # driver file: what the kernel calls the version of its source, which no two builds share
    command -v modinfo >/dev/null 2>&1 && modinfo -F srcversion "$1" 2>/dev/null | head -n 1
}

look_drivers() {
    look_vx=$(sed -n 's/^INSTALLATION_DIR *= *//p' "$ASR_RECORD" 2>/dev/null | head -n 1)
    for look_folder in "$ASR_MODULES"/*; do
        [ -d "$look_folder/kernel" ] || continue
        look_kernel=${look_folder##*/}
        printf 'involflt.kernel=%s\n' "$look_kernel"
        look_file=$look_folder/kernel/drivers/char/involflt.ko
        [ -f "$look_file" ] || continue
        printf 'involflt.file=%s|%s|%s\n' "$look_kernel" "$(look_sum "$look_file")" "$(look_source "$look_file")"
        for look_file in "$look_vx/bin/drivers/involflt.ko.$look_kernel" "$look_vx/bin/involflt.ko.$look_kernel"; do
            [ ! -f "$look_file" ] || printf 'involflt.shipped=%s|%s\n' "$look_kernel" "$(look_sum "$look_file")"
        done
    done
    look_word=
    { read -r look_word <"$ASR_SYSFS/srcversion"; } 2>/dev/null
    [ -z "$look_word" ] || printf 'involflt.srcversion=%s\n' "$look_word"
}

look_package() { # its members, and the drivers in it for the kernels of this host
    [ -n "$ASR_PACKAGE" ] || return 0
    if [ ! -f "$ASR_PACKAGE" ]; then
        echo package.kind=missing
        return 0
    fi
    echo package.kind=file
    printf 'package.sha256=%s\n' "$(look_sum "$ASR_PACKAGE")"
    command -v gzip >/dev/null 2>&1 && command -v tar >/dev/null 2>&1 || return 0
    for look_folder in "$ASR_MODULES"/*; do
        [ -d "$look_folder/kernel" ] || continue
        look_kernel=${look_folder##*/}
        look_names=$(gzip -dc <"$ASR_PACKAGE" 2>/dev/null | tar -tf - 2>/dev/null | grep -F "/involflt.ko." | grep -F ".ko.$look_kernel")
        for look_name in $look_names; do
            [ "${look_name##*/involflt.ko.}" = "$look_kernel" ] || continue
            printf 'package.driver=%s|%s\n' "$look_name" "$(gzip -dc <"$ASR_PACKAGE" | tar -xOf - "$look_name" | look_sum /dev/stdin)"
        done
    done
}

look_drivers
look_package
