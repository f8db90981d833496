/* From a report file's texts to a report: names become ids, texts become numbers. */
#ifndef DUBAN_CLIENT_AGENT_DRAFT_H
#define DUBAN_CLIENT_AGENT_DRAFT_H

#include "client/agent/report_file.h"
#include "model/plan.h"
#include "model/project.h"
#include "model/report.h"

/* For whom, by which plan and when a report is made. */
struct draft_about {
	const struct plan *plan;
	uint32_t plan_version;
	const char *unit;
	int64_t plan_now, wall_now;
	/* The unit's, of all sections, as far as they are known. */
	const struct project *projects;
	size_t project_count;
};

/*
 * Make a report of @file. Its id is zero still. A figure without a value is left out.
 * Results live in @arena or borrow from @file and @about.
 *
 *   E_SYNTAX  @problems says what, with the line     E_NOMEM
 */
int draft_make(struct arena *arena, const struct draft_about *about,
               const struct report_file *file, struct yaml_problems *problems,
               struct report *ret_report);

/*
 * Read a value as people write it: "128个", "58.90 亿元", "约27.28万户"; @unit (may be
 * NULL) is a unit given apart, @usual the indicator's own. @ret_why: a clause in @arena.
 *
 *   E_SYNTAX, E_RANGE  as quantity_parse(), or two units that differ     E_NOMEM
 */
int draft_value(struct arena *arena, const char *text, const char *unit,
                const struct unit *usual, struct quantity *ret_value,
                const char **ret_why);

#endif
