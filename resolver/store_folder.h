/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The folder that nextmx.db lies in. Who opens, begins or sets aside the file holds the folder's lock:
 * so nobody joins one file to another's -wal, nor sets aside what another has just begun. Nothing here
 * opens the file itself once it is there: closing any descriptor of it would drop the locks that SQLite
 * holds for this process.
 */
#ifndef NMX_RESOLVER_STORE_FOLDER_H
#define NMX_RESOLVER_STORE_FOLDER_H

#include <stdbool.h>
#include <stdint.h>

enum { FOLDER_NAME = 96 };
#define FOLDER_FILE "nextmx.db"

/* 0 and a descriptor, or an errno: EWOULDBLOCK while another holds it. */
int folder_lock(const char *path, int *ret_fd);
void folder_unlock(int fd);

/* Makes the file, empty, for its owner alone, unless it is there: policies are public, but counts say
 * whom we write to. A -wal that is left of a file that is gone is set aside. 0 or an errno. */
int folder_create(int fd, int64_t now_s);
/* Renames the file, its -wal and its -shm. 0 and the new name, or an errno. */
int folder_set_aside(int fd, int64_t now_s, char ret_name[FOLDER_NAME]);

#endif
