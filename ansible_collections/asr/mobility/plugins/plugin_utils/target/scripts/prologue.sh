# shellcheck shell=sh
# The same ground for every script, whatever login shell, sudo policy or profile came before it.
LC_ALL=C
LANG=C
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL LANG PATH
umask 077
unset CDPATH GREP_OPTIONS POSIXLY_CORRECT

# asr_fail WORD TEXT: end the script with one error that the controller turns into a sentence (see failures.py).
asr_fail() {
    printf 'error=%s\n' "$1"
    printf 'found=%s\n' "$(printf '%s' "$2" | tr '\n' ' ')"
    exit 70
}
