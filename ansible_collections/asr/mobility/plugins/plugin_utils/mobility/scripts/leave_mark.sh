# shellcheck shell=sh
# Leave a mark on the host. Variables: ASR_MARK (the file), ASR_WORDS. Its first line is the boot it belongs to.
read -r mark_boot </proc/sys/kernel/random/boot_id
mkdir -p "${ASR_MARK%/*}" && printf '%s\n' "$mark_boot" "$ASR_WORDS" >"$ASR_MARK.part" && mv -f "$ASR_MARK.part" "$ASR_MARK"
