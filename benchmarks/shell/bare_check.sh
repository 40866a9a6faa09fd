# shellcheck shell=sh
# Sent by bare ssh as its command: is the agent there, in this build, and are its units enabled?
grep -q '^BUILD_TAG=@BUILD_TAG@$' /usr/local/.vx_version && systemctl is-enabled --quiet vxagent uarespawnd
