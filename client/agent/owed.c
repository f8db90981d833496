/* What is owed now, and what next: the plan's times less what was reported already. */
#include "client/agent/owed.h"

#include <stdio.h>
#include <string.h>

#include "client/agent/columns.h"
#include "client/agent/granted.h"
#include "client/agent/outcome.h"
#include "client/agent/queue.h"
#include "client/agent/remind.h"

struct looking {
	const struct owed *owed;
	struct columns *columns; /* or */
	json_t *array;
	bool has_due_soon;
	unsigned count;
};

static struct remind_query query_of(struct looking *looking);
static bool print_next(const struct remind_query *query);
static const char *stage_text(const struct plan *plan, const struct remind_item *item,
                              char *text, size_t size);

int owed_print(const struct owed *owed)
{
	static const char *const titles[] = {N_("应报"), N_("板块"), N_("报送时限"),
	                                     N_("情况"), NULL};
	struct looking looking = {.owed = owed, .columns = columns_create(titles)};
	struct remind_query query = query_of(&looking);

	(void)putchar('\n');
	remind_find(&query);
	if (looking.count == 0)
		columns_destroy(looking.columns);
	else if (columns_print(looking.columns) != AGENT_OK)
		return AGENT_FAILED;
	if (!looking.has_due_soon && !print_next(&query) && looking.count == 0)
		printf("%s\n", _("目前没有应报的报表。"));
	return AGENT_OK;
}

static bool has_report(void *context, const struct plan_section *section,
                       const struct period *period)
{
	const struct looking *looking = context;
	char text[PERIOD_TEXT_MAX];

	period_print(period, text);
	return queue_has(looking->owed->store, looking->owed->plan->id, section->id,
	                 text);
}

static void adjust(void *context, const struct plan_section *section,
                   const struct period *period, struct period_times *times)
{
	const struct looking *looking = context;

	granted_times(looking->owed->store, looking->owed->plan, section, period, times);
}

static void add_item(void *context, const struct remind_item *item)
{
	struct looking *looking = context;
	const struct plan *plan = looking->owed->plan;
	char period[PERIOD_TEXT_MAX], due[OUTCOME_WHEN_MAX], stage[160], at[40];

	looking->count++;
	looking->has_due_soon |= item->stage == REMIND_DUE_SOON;
	period_print(&item->period, period);
	if (looking->array != NULL) {
		outcome_instant(item->times.due, at);
		(void)json_array_append_new(
			looking->array,
			json_pack("{s:s, s:s, s:s, s:s, s:s}", "section",
		                  item->section->id, "name", item->section->name,
		                  "period", period, "due_at", at, "stage",
		                  remind_stage_name(item->stage)));
		return;
	}
	outcome_when(plan, item->times.due, due);
	columns_row(looking->columns,
	            (const char *const[]){
			    period,
			    arena_printf(&looking->owed->agent->arena, "%s %s",
	                                 item->section->id, item->section->name),
			    due, stage_text(plan, item, stage, sizeof(stage))});
}

static const char *stage_text(const struct plan *plan, const struct remind_item *item,
                              char *text, size_t size)
{
	char lock[OUTCOME_WHEN_MAX];

	if (item->stage == REMIND_DUE_SOON)
		return _("待报");
	if (item->stage == REMIND_LOCKED)
		return _("已封表，未报");
	outcome_when(plan, item->times.lock, lock);
	(void)snprintf(text, size, _("已逾期，%s封表，请尽快补报"), lock);
	return text;
}

static struct remind_query query_of(struct looking *looking)
{
	return (struct remind_query){.plan = looking->owed->plan,
	                             .unit = looking->owed->agent->settings.unit,
	                             .now = looking->owed->now,
	                             .has = has_report,
	                             .visit = add_item,
	                             .adjust = adjust,
	                             .context = looking};
}

static bool print_next(const struct remind_query *query)
{
	const struct plan *plan = query->plan;
	const struct plan_unit *unit = plan_find_unit(plan, query->unit);
	struct period_times times;
	struct period period;
	char text[PERIOD_TEXT_MAX], due[OUTCOME_WHEN_MAX], opens[OUTCOME_WHEN_MAX];

	if (!remind_next(query, &period, &times))
		return false;
	period_print(&period, text);
	outcome_when(plan, times.due, due);
	outcome_when(plan, times.opens, opens);
	printf(_("下一期应报：%s，报送时限 %s\n"), text, due);
	if (query->now < times.opens) {
		printf(_("　　可报时间：%s起\n"), opens);
		return true;
	}
	for (size_t i = 0; i < plan->section_count; i++)
		if (plan->sections[i].asked[unit->index] &&
		    !query->has(query->context, &plan->sections[i], &period))
			printf(_("　　未报：%s %s\n"), plan->sections[i].id,
			       plan->sections[i].name);
	return true;
}

void owed_add_json(const struct owed *owed, json_t *object)
{
	struct looking looking = {.owed = owed, .array = json_array()};
	struct remind_query query = query_of(&looking);
	struct period_times times;
	struct period period;
	char text[PERIOD_TEXT_MAX], due[40];

	if (looking.array == NULL)
		return;
	remind_find(&query);
	(void)json_object_set_new(object, "owed", looking.array);
	if (!remind_next(&query, &period, &times))
		return;
	period_print(&period, text);
	outcome_instant(times.due, due);
	(void)json_object_set_new(object, "next",
	                          json_pack("{s:s, s:s}", "period", text, "due_at", due));
}
