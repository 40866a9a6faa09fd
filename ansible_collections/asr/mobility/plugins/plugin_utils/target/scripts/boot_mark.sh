# shellcheck shell=sh
# What is different after every restart: the boot's own id, and when process 1 started (a container keeps the first).
printf 'mark=%s %s\n' "$(asr_boot_id)" "$(asr_process_start 1)"
