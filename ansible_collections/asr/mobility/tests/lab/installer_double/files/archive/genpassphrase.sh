# shellcheck shell=bash
# Stand-in: prints a passphrase of the product's length.
tr -dc 'A-Za-z0-9' </dev/urandom | head -c 16
echo
