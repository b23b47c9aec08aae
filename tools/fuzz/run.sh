#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# run.sh PROGRAM SEEDS RUNS: a libFuzzer program on the seeds in that folder beside
# this file. What it finds lies beside the program; the last line is "N executions,
# N crashes".
set -u

seeds=$(cd "$(dirname "$0")" && pwd)/$2
out=$(dirname "$1")
corpus=$1-corpus
log=$1.log

mkdir -p "$corpus"
# an input takes microseconds; one that takes 5 s hangs
"$1" -runs="$3" -max_len=1024 -timeout=5 -print_final_stats=1 \
	-artifact_prefix="$out/" "$corpus" "$seeds" 2>&1 |
	tee "$log" | grep --line-buffered -E 'Seed:|INITED|pulse|DONE'
status=${PIPESTATUS[0]}

executions=$(sed -n 's/^stat::number_of_executed_units: //p' "$log")
crashes=0
if [ "$status" != 0 ]; then
	crashes=1
	# from where it went wrong on
	sed -n '/does not hold\|^==[0-9]*==\|runtime error/,$p' "$log"
fi
echo "${1##*/}: ${executions:-0} executions, $crashes crashes"
[ $crashes = 0 ]
