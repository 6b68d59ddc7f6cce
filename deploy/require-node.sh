#!/bin/sh
# Node 26 for Linux is linked to libatomic, which a bare Debian lacks. `npm start` and `npm test` run this first: it
# installs the library where it may, and else says what to do.
set -eu

runs() { node --version >/dev/null 2>&1; }

runs && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo 'Node 26 needs libatomic1, which is missing: installing the Debian package'
  (apt-get update && apt-get install -y --no-install-recommends libatomic1) >/dev/null
  runs && exit 0
fi
echo "Node 26 does not run here: $(node --version 2>&1)" >&2
echo 'Install what it lacks (on Debian: apt-get install libatomic1), then try again.' >&2
exit 1
