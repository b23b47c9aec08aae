# SPDX-License-Identifier: GPL-2.0
"""The cases, by the module that they are in: @test says what is one."""

TESTS = {}


def test(function):
    TESTS.setdefault(function.__module__, []).append(function)
    return function
