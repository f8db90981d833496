/* The real plan's folders in memory, so that a test can spoil one line of them. */
#ifndef DUBAN_TESTS_FOLDER_H
#define DUBAN_TESTS_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "model/plan.h"

struct folder {
	struct plan_file files[PLAN_FILES_MAX];
	size_t count;
	struct arena arena; /* of the files, and of what is read from them */
	struct yaml_problems problems, warnings;
};

/* Read plans/changsha-2022-55, the calendar and (@sample) the overlay. Fails the test
 * when they are not there. */
void folder_open(struct folder *folder, bool sample);
void folder_close(struct folder *folder);
/* Replace the first @from in the file @name; fails the test when there is none. */
void folder_edit(struct folder *folder, const char *name, const char *from,
                 const char *to);
void folder_add(struct folder *folder, const char *name, const char *text);
void folder_drop(struct folder *folder, const char *name);
/* The line, from 1, of the first @text in the file @name. */
unsigned folder_line(const struct folder *folder, const char *name, const char *text);
int folder_plan(struct folder *folder, const struct plan **ret_plan);
/* As above; fails the test, and prints why, when there are problems. */
const struct plan *folder_good_plan(struct folder *folder);
/* The first of @problems whose message holds @part; NULL when there is none. */
const struct yaml_problem *folder_find(const struct yaml_problems *problems,
                                       const char *part);

#endif
