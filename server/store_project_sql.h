/* How a project's row is read. For store_project*.c only. */
#ifndef DUBAN_SERVER_STORE_PROJECT_SQL_H
#define DUBAN_SERVER_STORE_PROJECT_SQL_H

#include <stddef.h>

struct arena;
struct pg_result;
struct project;

/* Of project p, from column 0 on. */
#define STORE_PROJECT_COLUMNS                                                      \
	"p.unit, p.project, p.section, array_to_string(p.targets, ','), p.name, "  \
	"p.kind, p.person, p.telephone, coalesce(to_char(p.start, 'YYYY-MM-DD'), " \
	"''), coalesce(to_char(p.finish, 'YYYY-MM-DD'), ''), p.state, p.reason, "  \
	"p.version"
#define STORE_PROJECT_COLUMN_COUNT 13

/* E_NOMEM; E_CORRUPT: a date or targets that nobody stored so. */
int store_project_read(struct arena *arena, const struct pg_result *result, size_t row,
                       struct project *ret);

#endif
