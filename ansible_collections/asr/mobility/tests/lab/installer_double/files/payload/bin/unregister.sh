# shellcheck shell=bash
# Tells the configuration server that this agent goes.
"$(dirname "$0")/unregagent" Vx Y
