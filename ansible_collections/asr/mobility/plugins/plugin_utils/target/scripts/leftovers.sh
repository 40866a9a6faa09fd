# shellcheck shell=sh
# Upload directories of ours, as lines leftover.N.KEY=VALUE; identity.py decides whose task is over.
# asr_leftovers: path, owner (first line of its owner file), and whether it is older than a day.
asr_leftovers() {
    asr_count=0
    for asr_path in /var/tmp/asr-mobility-upload.* /tmp/asr-mobility-upload.*; do
        if [ -L "$asr_path" ] || [ ! -d "$asr_path" ]; then continue; fi
        asr_count=$((asr_count + 1))
        printf 'leftover.%s.path=%s\n' "$asr_count" "$asr_path"
        if [ -f "$asr_path/owner" ] && [ ! -L "$asr_path/owner" ]; then
            printf 'leftover.%s.owner=%s\n' "$asr_count" "$(head -c 200 "$asr_path/owner" | head -n 1)"
        fi
        if [ -n "$(find "$asr_path" -prune -mtime +0 2>/dev/null)" ]; then
            printf 'leftover.%s.old=1\n' "$asr_count"
        fi
    done
}
