/* Reading a plan's folder from disk, with its sample overlay and calendar beside it. */
#ifndef DUBAN_CLIENT_ADMIN_FOLDER_H
#define DUBAN_CLIENT_ADMIN_FOLDER_H

#include "client/admin/admin.h"
#include "model/plan.h"

struct folder {
	struct plan_file *files;
	size_t count, capacity;
};

/*
 * Read every *.yaml below @path; the overlay @with as "sample/..." (NULL: none) and the
 * calendar folder @calendar as "calendar/..." (NULL: the folder "calendar" beside
 * @path). An admin_exit; what is wrong has been printed.
 */
int folder_read(struct admin *admin, const char *path, const char *with,
                const char *calendar, struct folder *ret_folder);

#endif
