# shellcheck shell=sh
# Start the installed agent. Follows process.sh. Variable: ASR_INSTALL_DIR. Its output goes nowhere: a daemon that holds
# it would hold the connection. It is waited for at most two minutes and never ended; the daemons tell whether it worked.
# shellcheck disable=SC2154 # the variable is set by the caller
trap '' HUP PIPE
(
    trap - HUP PIPE
    asr_apart "$ASR_INSTALL_DIR/Vx/bin/start"
) </dev/null >/dev/null 2>&1 &
start_program=$!
start_seconds=0
while [ "$start_seconds" -lt 120 ] && asr_process_start "$start_program" >/dev/null; do
    sleep 1
    start_seconds=$((start_seconds + 1))
done
exit 0
