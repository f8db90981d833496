/* SECTION and PERIOD of a command. 无任务 is told, not asked for. */
#include "client/agent/about.h"

#include <stdio.h>
#include <string.h>

#include "client/agent/agent.h"

static const struct plan_section *find_section(const struct plan *plan, const char *name);
static int find_period(const struct plan *plan, int64_t now, const char *text,
                       struct period *ret_period);

int about_read(const struct plan *plan, const char *unit, int64_t now,
               const char *const *args, struct about *ret_about)
{
	const struct plan_unit *own = plan_find_unit(plan, unit);
	struct about about = {.section = find_section(plan, args[0])};
	int code;

	if (about.section == NULL) {
		(void)agent_error(_("方案中没有板块“%s”，现有："), args[0]);
		for (size_t i = 0; i < plan->section_count; i++)
			(void)fprintf(stderr, "  %s %s\n", plan->sections[i].id,
			              plan->sections[i].name);
		return AGENT_USAGE;
	}
	if (own != NULL && !about.section->asked[own->index]) {
		(void)agent_error(
			_("%s在“%s”板块无任务，不需要报送（无变化、零报告也不报）"),
			own->name, about.section->name);
		return AGENT_REFUSED;
	}
	code = find_period(plan, now, args[1], &about.period);
	if (code != AGENT_OK)
		return code;
	period_print(&about.period, about.text);
	*ret_about = about;
	return AGENT_OK;
}

static const struct plan_section *find_section(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->section_count; i++)
		if (strcmp(plan->sections[i].id, name) == 0 ||
		    strcmp(plan->sections[i].name, name) == 0 ||
		    strcmp(plan->sections[i].heading, name) == 0)
			return &plan->sections[i];
	return NULL;
}

static int find_period(const struct plan *plan, int64_t now, const char *text,
                       struct period *ret_period)
{
	if (text == NULL) {
		if (period_current(plan, now, ret_period))
			return AGENT_OK;
		(void)agent_error(_("还没有已截止的报告期，请写明报告期（如 2022-09）"));
		return AGENT_USAGE;
	}
	if (period_parse(text, ret_period) == 0 && period_in_plan(plan, ret_period) == 0)
		return AGENT_OK;
	(void)agent_error(_("“%s”不是方案的报告期，应在 %s 至 %s 之间"), text,
	                  plan->schedule.first_period, plan->schedule.last_period);
	return AGENT_USAGE;
}
