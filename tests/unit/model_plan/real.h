/* The real plan with its sample overlay, and without it, for tests that only look. */
#ifndef DUBAN_TESTS_REAL_H
#define DUBAN_TESTS_REAL_H

#include "folder.h"

extern struct folder folder, bare_folder;
extern const struct plan *plan; /* with the sample overlay */
extern const struct plan *bare; /* the notice alone */

/* For cmocka_run_group_tests(). */
int real_open(void **state);
int real_close(void **state);

/* Each fails the test when there is none. */
const struct plan_section *section(const struct plan *of, const char *id);
const struct plan_target *target(const struct plan *of, const char *id, const char *name);
const struct plan_baseline *baseline(const char *id, const char *name);

void assert_value(const struct quantity *value, const char *expected);

#endif
