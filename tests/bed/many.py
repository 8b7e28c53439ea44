# SPDX-License-Identifier: BSD-2-Clause
"""Runs tests/integration/many: routes of many domains, and rounds of queries through a Gate."""

import subprocess


def words(options, settings=()):
    """The command's options, and more settings, as many takes them."""
    found = []
    for name, value in zip(options[::2], options[1::2]):
        found += ["--set", f"{name.removeprefix('--')}={value}"]
    for setting in settings:
        found += ["--set", setting]
    return found


def command(many, options, in_flight, threads=1, settings=()):
    """many's arguments from the command's options."""
    return [many, "--in-flight", str(in_flight), "--threads", str(threads),
            *words(options, settings)]


def route(arguments, domains):
    """([line], {counter: number}) of a command; the lines as they came."""
    done = subprocess.run(arguments, text=True, input="".join(f"{name}\n" for name in domains),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode:
        raise AssertionError(f"many exited with {done.returncode}: {done.stderr[-3000:]}")
    counters = {}
    for line in done.stderr.splitlines():
        name, number = line.rsplit(" ", 1)
        counters[name] = int(number)
    return done.stdout.splitlines(), counters


def rounds(arguments, gate, texts, n_warm=0):
    """([line], rounds of queries, the Gate's records of them): a program answers each text with a line,
    and is sent the next. The first n_warm texts and their queries count for nothing."""
    lines = []
    with subprocess.Popen(arguments, text=True, bufsize=1, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        for n, text in enumerate(texts):
            if n <= n_warm:
                gate.reset()
            program.stdin.write(text)
            program.stdin.flush()
            lines.append(program.stdout.readline().strip())
        found = lines[n_warm:], gate.rounds, list(gate.records)
        program.stdin.close()
        said = program.stderr.read()
    if program.returncode:
        raise AssertionError(f"{arguments[0]} exited with {program.returncode}: {said[-3000:]}")
    return found
