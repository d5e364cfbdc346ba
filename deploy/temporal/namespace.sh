#!/bin/sh
# Makes the namespace, or sets how long it keeps what has ended; then waits until the server works with it.
set -eu

retry() {
    for _ in $(seq 60); do
        "$@" > /dev/null 2>&1 && return
        sleep 1
    done
    "$@" > /dev/null # says what is wrong
}

retry temporal operator cluster health
if temporal operator namespace describe > /dev/null 2>&1; then
    temporal operator namespace update --retention "$RETENTION"
else
    temporal operator namespace create --retention "$RETENTION"
fi
retry temporal workflow list --limit 1
