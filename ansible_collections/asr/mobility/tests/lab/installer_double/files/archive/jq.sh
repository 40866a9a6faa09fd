# shellcheck shell=bash
# Stand-in: prints the value of one top level string key, called as: jq .KEY FILE
sed -n "s/.*\"${1#.}\"[ ]*:[ ]*\"\([^\"]*\)\".*/\1/p" "$2"
