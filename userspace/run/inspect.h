/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Will a program take a preload?
 */
#ifndef NPV_RUN_INSPECT_H
#define NPV_RUN_INSPECT_H

#include <stdbool.h>
#include <stddef.h>

/**
 * enum npv_program - what stands in the way of a preload
 * @NPV_PROGRAM_FINE: nothing, or nothing that can be told from the file
 * @NPV_PROGRAM_STATIC: an ELF file without an interpreter, so without ld.so
 * @NPV_PROGRAM_SECURE: set-uid, set-gid or with capabilities: ld.so then
 *	ignores preloads given by path (ld.so(8), secure-execution mode)
 * @NPV_PROGRAM_FOREIGN: an ELF file of another class or machine
 */
enum npv_program {
	NPV_PROGRAM_FINE,
	NPV_PROGRAM_STATIC,
	NPV_PROGRAM_SECURE,
	NPV_PROGRAM_FOREIGN,
};

/**
 * npv_program_find() - find a program as execvp() will
 * @name: name, or path if there is a slash in it
 * @path: where to put the path
 * @size: room in @path
 *
 * Return: false if there is no such file that can be executed.
 */
bool npv_program_find(const char *name, char *path, size_t size);

/**
 * npv_inspect() - tell from its file whether a program takes a preload
 * @path: the program; for a script, its interpreter is looked at
 *
 * Return: NPV_PROGRAM_FINE also for what can't be read.
 */
enum npv_program npv_inspect(const char *path);

#endif /* NPV_RUN_INSPECT_H */
