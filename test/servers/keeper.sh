#!/bin/sh
# keeper.sh FOLDER SIGNAL COMMAND…: runs COMMAND, prints its pid, and ends it with SIGNAL when standard input closes, then removes FOLDER.
# The test process holds the other end of that input, so that a server never outlives its tests, even when they are killed.
folder=$1
signal=$2
shift 2
"$@" </dev/null >"$folder/server.log" 2>&1 &
pid=$!
echo "$pid"
cat >/dev/null
# a test may have paused the server, or may have killed it: then there is nobody to tell
kill -s "$signal" "$pid" 2>/dev/null && kill -s CONT "$pid" 2>/dev/null
wait "$pid"
cd / && rm -rf "$folder"
