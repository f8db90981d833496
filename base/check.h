/*
 * Our own bugs: checked, fatal, and on in every build.
 *
 * CHECK is for what can only be false if this program is wrong. What the world
 * does (disk, network, memory) is an error code; what a peer sends is a
 * refusal. Neither ever meets a CHECK.
 */
#ifndef BASE_CHECK_H
#define BASE_CHECK_H

#include <stddef.h>

#include "base/container.h"

/* Print where and what failed to stderr, then abort. */
_Noreturn void check_failed(const char *file, int line, const char *what);

#define CHECK(cond) ((cond) ? (void)0 : check_failed(__FILE__, __LINE__, #cond))

/*
 * An object that crosses a void pointer carries a magic number, a different one
 * for every struct (a lint test compares them); it is checked on the far side.
 */
#define CHECK_MAGIC(object, value) CHECK((object) != NULL && (object)->magic == (value))

#define ARRAY_LEN(array)           (sizeof(array) / sizeof((array)[0]))

#endif
