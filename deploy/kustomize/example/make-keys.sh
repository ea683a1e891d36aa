#!/bin/sh
# Writes keys/ once and the configuration of each node; keys that exist are kept.
set -eu
umask 077
cd "$(dirname "$0")"
tdkt bus keys --data keys
for number in 0 1 2; do
  tdkt bus config "nats-$number" --peers nats-0.nats,nats-1.nats,nats-2.nats --data keys > "keys/nats-$number.conf"
done
