# shellcheck shell=bash
# Stand-in: knows one operation.
if [ "$1" = --op=get_driver_version ]; then
    echo "Product Version $(sed -n 's/^PROD_VERSION=//p' /usr/local/.vx_version | tr . ,)"
fi
