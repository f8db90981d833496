/* A store in a folder of its own, the real plan, and reports to put into them. */
#ifndef DUBAN_TESTS_AGENT_BENCH_H
#define DUBAN_TESTS_AGENT_BENCH_H

#include "../model_plan/folder.h"
#include "client/agent/queue.h"
#include "client/agent/succession.h"

struct bench {
	char path[64];
	struct store *store;
	struct arena arena;
	struct folder folder;
	const struct plan *plan;
	struct figure figures[8];
	size_t count;
	uint8_t serial;
};

int bench_set_up(void **state);
int bench_tear_down(void **state);

/* A report of section 2, 2022-07, with the figures that bench_figure() gave last. */
struct report bench_report(struct bench *bench);
/* Give a figure, in ascending order of indicator; bench_report() takes and forgets. */
void bench_figure(struct bench *bench, const char *indicator, const char *value,
                  const char *reason);
/* As the centre would hold it. */
void bench_accept(struct bench *bench, const struct report *report, const char *number,
                  uint32_t revision);
/* As it waits here; its row. */
int64_t bench_queue(struct bench *bench, const struct report *report, int64_t follows);
/* As the bureau returns it. */
void bench_return(struct bench *bench, const char *number, uint32_t revision,
                  const char *field, const char *reason);

#endif
