# shellcheck shell=sh
# Leave a mark that this host must not be restarted. Variable: ASR_MARK (the file). Complete or not at all.
mkdir -p "${ASR_MARK%/*}" && {
    read -r mark_boot </proc/sys/kernel/random/boot_id
    printf '%s\n' "$mark_boot" \
        'Do not restart this host: an installer of the Mobility service could not put the initrd images back.' \
        'Copy the images from /etc/vxagent/orig_initrd_images back to /boot, then remove this file.'
} >"$ASR_MARK.part" && mv -f "$ASR_MARK.part" "$ASR_MARK"
