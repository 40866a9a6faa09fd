# shellcheck shell=sh
# Start the installed agent. Variable: ASR_INSTALL_DIR. Its output goes nowhere: a daemon that holds it would hold the
# connection.
"$ASR_INSTALL_DIR/Vx/bin/start" </dev/null >/dev/null 2>&1
exit 0
