# shellcheck shell=sh
# Stop and start the agent with its own programs. Follows process.sh. Variable: ASR_INSTALLATION.
# A connection that is lost in the middle must not leave the agent stopped, so a hangup does not end this; the programs
# get their signals back, in a session of their own, which that hangup does not reach. A line now and then keeps the
# connection alive: stopping may take minutes.
# shellcheck disable=SC2154 # the variable is set by the caller
trap '' HUP PIPE

asr_run_program() { # name: 127 when there is none
    if [ ! -x "$ASR_INSTALLATION/bin/$1" ]; then
        printf '%s=127\n' "$1"
        return 1
    fi
    (
        trap - HUP PIPE
        asr_apart "$ASR_INSTALLATION/bin/$1"
    ) </dev/null >/dev/null 2>&1 &
    asr_program=$!
    asr_seconds=0
    while asr_process_start "$asr_program" >/dev/null; do
        sleep 1
        asr_seconds=$((asr_seconds + 1))
        [ $((asr_seconds % 20)) -ne 0 ] || printf 'waiting=%s\n' "$asr_seconds"
    done
    wait "$asr_program" 2>/dev/null # mksh names the signal there
    printf '%s=%s\n' "$1" "$?"
}

asr_run_program stop
asr_run_program start
exit 0
