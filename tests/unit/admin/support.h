/* What the tests of the command line share: folders, files, and what was printed. */
#ifndef DUBAN_TESTS_UNIT_ADMIN_SUPPORT_H
#define DUBAN_TESTS_UNIT_ADMIN_SUPPORT_H

#include <stddef.h>

/* A new folder below the system's temporary one; gives it: free(). */
char *folder_create(void);
/* Remove a folder and all that is in it. */
void folder_remove(const char *folder);
/* Write @folder/@name. */
void file_write(const char *folder, const char *name, const void *data, size_t len);
/* The whole of @folder/@name, which must be a text; gives it: free(). */
char *file_read(const char *folder, const char *name);

/* What is printed from here on is kept back ... */
void capture_start(void);
/* ... until here, and given: free(). */
char *capture_end(void);

#endif
