# shellcheck shell=sh
# Sent by bare ssh as its command; the archive comes over standard input. @SHA256@ is filled in.
set -eu
folder=$(mktemp -d /var/tmp/bare.XXXXXX)
cat >"$folder/installer.tar.gz"
echo "@SHA256@  $folder/installer.tar.gz" | sha256sum --check --quiet
mkdir "$folder/extracted"
tar -xzf "$folder/installer.tar.gz" -C "$folder/extracted"
cd "$folder/extracted"
./install -q -d /usr/local/ASR -r MS -v VmWare -c CSPrime </dev/null >"$folder/output" 2>&1 || { cat "$folder/output"; exit 1; }
cd /
rm -rf "$folder"
grep -q '^BUILD_TAG=@BUILD_TAG@$' /usr/local/.vx_version
