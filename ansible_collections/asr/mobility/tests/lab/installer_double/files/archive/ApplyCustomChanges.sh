# shellcheck shell=bash
# Master target preparation: the double only leaves the marker the installer looks for.
: >/etc/.appliedmtcustomchanges
