/*
 * duban-agent projects:
 *
 *	no service runs? refresh ~ ~> store -> a table of the unit's projects
 *
 * What can go wrong: the centre is away; then what was learned before is shown, and said
 * to be no more than that.
 */
#include "client/agent/projects.h"

#include <jansson.h>

#include "base/err.h"
#include "client/agent/columns.h"
#include "client/agent/project_cache.h"
#include "client/agent/sitting.h"

#define WAIT_MS 15000

static bool be_fresh(struct sitting *sitting);
static int print_table(const struct history *known, day today);
static int print_json(const struct history *known, day today);
static const char *day_text(day when, char *out);

int projects_run(struct agent *agent, const char *const *args)
{
	struct history known = {.count = 0};
	struct sitting sitting;
	int code = sitting_open(agent, &sitting);

	(void)args;
	if (code != AGENT_OK)
		return code;
	if (!be_fresh(&sitting))
		(void)agent_error(_("未能与中心端核对，以下是本机已知的"));
	code = sitting_need_plan(&sitting, WAIT_MS);
	if (code == AGENT_OK) {
		const struct plan *plan = sitting.plan.plan;
		day today = instant_day(store_plan_now(sitting.store, agent_wall_now()),
		                        plan->utc_offset);

		if (project_cache_load(sitting.store, &agent->arena, plan->id, "",
		                       &known) < 0)
			code = agent_error("%s", store_why(sitting.store));
		else
			code = agent->json ? print_json(&known, today)
			                   : print_table(&known, today);
	}
	sitting_close(&sitting);
	return code;
}

/* A running service keeps them fresh by itself. */
static bool be_fresh(struct sitting *sitting)
{
	if (!sitting_lock(sitting))
		return true;
	return sitting_refresh(sitting, WAIT_MS) == AGENT_OK &&
	       sitting->refresh_status == 0;
}

static int print_table(const struct history *known, day today)
{
	static const char *const titles[] = {N_("编号"),     N_("板块"),
	                                     N_("项目"),     N_("责任人"),
	                                     N_("计划完工"), N_("状态"),
	                                     N_("逾期"),     NULL};
	struct columns *columns = columns_create(titles);
	int code;

	for (size_t i = 0; i < known->project_count; i++) {
		const struct project *project = &known->projects[i];
		char finish[DAY_TEXT_MAX];
		const char *const cells[] = {
			project->id,
			project->section,
			project->name,
			project->person,
			day_text(project->finish, finish),
			project_state_name(project->state),
			project_is_overdue(project, today) ? _("是") : "",
		};

		columns_row(columns, cells);
	}
	code = columns_print(columns);
	if (code == AGENT_OK)
		printf(_("共 %zu 个项目；登记和修改用 duban projects\n"),
		       known->project_count);
	return code;
}

static int print_json(const struct history *known, day today)
{
	static const char *const states[PROJECT_STATES] = {"",         "planned",
	                                                   "underway", "finished",
	                                                   "closed",   "cancelled"};
	json_t *rows = json_array();
	bool failed = rows == NULL;

	for (size_t i = 0; i < known->project_count && !failed; i++) {
		const struct project *project = &known->projects[i];
		size_t state =
			(size_t)project->state < PROJECT_STATES ? project->state : 0;
		char start[DAY_TEXT_MAX], finish[DAY_TEXT_MAX];

		failed = json_array_append_new(
				 rows,
				 json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b}",
		                           "id", project->id, "section", project->section,
		                           "name", project->name, "person",
		                           project->person, "start",
		                           day_text(project->start, start), "finish",
		                           day_text(project->finish, finish), "state",
		                           states[state], "overdue",
		                           project_is_overdue(project, today))) != 0;
	}
	if (!failed)
		failed = json_dumpf(rows, stdout, JSON_INDENT(2)) != 0;
	if (!failed)
		(void)putchar('\n');
	json_decref(rows);
	return failed ? agent_error("%s", text_err(E_NOMEM)) : AGENT_OK;
}

static const char *day_text(day when, char *out)
{
	out[0] = '\0';
	if (when != DAY_NONE)
		day_print(when, out);
	return out;
}
