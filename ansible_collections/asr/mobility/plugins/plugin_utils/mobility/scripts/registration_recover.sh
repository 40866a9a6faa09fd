# shellcheck shell=sh
# Needs registration_keep.sh. Whoever reads or clears away a run puts back first what a registration had changed that
# died, was killed, or could not put it back itself; any other run is left alone. Variable: ASR_RUN. Its notes are
# printed, and added to the run's output for whoever reads it after this.
asr_recover() {
    if [ -L "$ASR_RUN" ] || [ ! -d "$ASR_RUN/kept" ]; then return 0; fi
    rm -f "$ASR_RUN/given" "$ASR_RUN/secret"
    [ -f "$ASR_RUN/kept/complete" ] || return 0
    # shellcheck disable=SC2034 # the library reads them
    {
        read -r ASR_WAS_RUNNING ASR_WAS_REGISTERED && IFS= read -r ASR_INSTALLATION
    } <"$ASR_RUN/kept/ground" || {
        asr_note not_put_back
        return 0
    }
    asr_notes=$(asr_restore)
    [ -n "$asr_notes" ] || return 0
    printf '%s\n' "$asr_notes"
    printf '\n%s\n' "$asr_notes" 2>/dev/null >>"$ASR_RUN/output"
    return 0
}
asr_recover
