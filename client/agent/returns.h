/* duban-agent returns: what the bureau returned, and how returns are told elsewhere. */
#ifndef DUBAN_CLIENT_AGENT_RETURNS_H
#define DUBAN_CLIENT_AGENT_RETURNS_H

#include <jansson.h>
#include <popt.h>

#include "client/agent/returned.h"
#include "model/plan.h"

struct agent;

extern const struct poptOption returns_options[];

int returns_run(struct agent *agent, const char *const *args);

#define RETURNS_LEFT_MAX 64
/* "还有2个工作日", "今天到期", "已逾期1个工作日", in the user's language. @plan may be
 * NULL: "". */
void returns_left(const struct plan *plan, int64_t now, int64_t due, char *out);
/* The name of a returned field, for people. Borrowed. */
const char *returns_field_name(const struct plan *plan, const char *section,
                               const char *field);
/* Who returned it: the department's name, or the path itself. In @arena or borrowed. */
const char *returns_by(struct arena *arena, const struct plan *plan, const char *path);
/* One return, for programs; the caller's. @plan may be NULL. */
json_t *returns_json(struct arena *arena, const struct plan *plan, int64_t now,
                     const struct returned *returned);

#endif
