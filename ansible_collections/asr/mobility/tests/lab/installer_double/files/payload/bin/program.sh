# shellcheck shell=sh
# Stand-in for a compiled program the tests never look into.
echo "${0##*/}: stand-in"
