# shellcheck shell=sh
# Needs process.sh. How a detached run stands, as lines run.KEY=VALUE; runs.py reads them.

# asr_run_alive RUN: the runner or the body lives, or the start is so fresh that neither has written its identity yet.
asr_run_alive() {
    asr_recorded_alive "$1/process" || asr_recorded_alive "$1/body" || asr_run_settling "$1"
}

asr_run_settling() {
    [ -d "$1/started" ] && [ ! -e "$1/process" ] && asr_younger "$1/started" 1
}

# asr_run_status STAGING
asr_run_status() {
    asr_run=$1/run
    printf 'run.directory=%s\n' "$asr_run"
    if [ -L "$asr_run" ] || [ ! -d "$asr_run" ]; then
        printf 'run.present=0\n'
        return 0
    fi
    printf 'run.present=1\n'
    # alive first, exit code after it: a run that ends between the two is then seen as ended, never as dead
    if asr_run_alive "$asr_run"; then printf 'run.alive=1\n'; else printf 'run.alive=0\n'; fi
    if [ -d "$asr_run/started" ]; then printf 'run.started=1\n'; else printf 'run.started=0\n'; fi
    if asr_younger "$1" 30; then printf 'run.recent=1\n'; else printf 'run.recent=0\n'; fi
    asr_prefixed_lines run.process= "$asr_run/process"
    asr_prefixed_lines run.code= "$asr_run/status"
    asr_prefixed_lines run.claim. "$asr_run/claim"
    asr_prefixed_lines run.manifest. "$asr_run/manifest"
}

# asr_prefixed_lines PREFIX FILE: its lines, each behind the prefix; nothing for a file that is not there.
asr_prefixed_lines() {
    [ -f "$2" ] || return 0
    while IFS= read -r asr_line; do
        printf '%s%s\n' "$1" "$asr_line"
    done <"$2"
}
