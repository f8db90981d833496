/* What the district owes by its plan, for duban-agent status. */
#ifndef DUBAN_CLIENT_AGENT_OWED_H
#define DUBAN_CLIENT_AGENT_OWED_H

#include <jansson.h>

#include "client/agent/agent.h"
#include "client/agent/store.h"
#include "model/plan.h"

struct owed {
	struct agent *agent;
	struct store *store;
	const struct plan *plan;
	int64_t now; /* plan time */
};

/* A table of what is owed now, and the report that falls due next. An agent_exit. */
int owed_print(const struct owed *owed);
/* "owed" and "next" into @object, for programs. */
void owed_add_json(const struct owed *owed, json_t *object);

#endif
