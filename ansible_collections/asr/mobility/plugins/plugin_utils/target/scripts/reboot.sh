# shellcheck shell=sh
# Ask for a restart and come back before it begins. Only orderly ways, so that services are stopped.
if [ -d /run/systemd/system ] && command -v systemctl >/dev/null 2>&1; then
    systemctl --no-block reboot </dev/null
elif command -v shutdown >/dev/null 2>&1; then
    (sleep 2 && exec shutdown -r now) </dev/null >/dev/null 2>&1 &
else
    (sleep 2 && exec reboot) </dev/null >/dev/null 2>&1 &
fi
