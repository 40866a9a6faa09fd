# shellcheck shell=sh
# Needs process.sh. Ask for a restart and come back before it begins. Only orderly ways, so that services are stopped.
# Without systemd it has to outlive our connection, whose end hangs a terminal up: deaf until it is in its own session.
asr_in_a_moment() { # command...
    trap '' HUP
    asr_apart /bin/sh -c 'sleep 2 && exec "$@"' sh "$@" </dev/null >/dev/null 2>&1 &
}

if [ -d /run/systemd/system ] && command -v systemctl >/dev/null 2>&1; then
    systemctl --no-block reboot </dev/null
elif command -v shutdown >/dev/null 2>&1; then
    asr_in_a_moment shutdown -r now
else
    asr_in_a_moment reboot
fi
