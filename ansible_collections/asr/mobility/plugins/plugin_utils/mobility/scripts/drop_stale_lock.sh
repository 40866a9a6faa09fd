# shellcheck shell=sh
# Remove the lock of an uninstaller that is dead: with it every later one would end 1. Variable: ASR_LOCK (the file,
# which holds a process id). A lock without a number is left for a person to judge.
lock_owner=
[ ! -f "$ASR_LOCK" ] || read -r lock_owner <"$ASR_LOCK" || :
case $lock_owner in
    '' | *[!0-9]*) ;;
    *) grep -q 'uninstall\.sh' "/proc/$lock_owner/cmdline" 2>/dev/null || rm -f "$ASR_LOCK" ;;
esac
