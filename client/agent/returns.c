/*
 * duban-agent returns:
 *
 *	no service runs? catch up ~ ~> store -> a table, then each with its fields and
 *	reasons, and what was reported
 *
 * What can go wrong: the centre is away; then what was learned before is shown, and said
 * to be no more than that.
 */
#include "client/agent/returns.h"

#include <string.h>

#include "base/err.h"
#include "client/agent/accepted.h"
#include "client/agent/columns.h"
#include "client/agent/fields.h"
#include "client/agent/outcome.h"
#include "client/agent/sitting.h"

#define WAIT_MS 15000

static struct {
	int all;
} options;

/* clang-format off */
const struct poptOption returns_options[] = {
	{"all", 'a', POPT_ARG_NONE, &options.all, 0, N_("连同已重报、已撤回的"), NULL},
	POPT_TABLEEND};
/* clang-format on */

struct listing {
	struct arena *arena;
	struct store *store;
	const struct plan *plan; /* NULL: none yet; ids stand for names */
	int64_t now;
	struct columns *columns;
	json_t *array;
	unsigned open;
};

static bool be_fresh(struct sitting *sitting);
static int add_row(void *context, const struct returned *returned);
static const char *state_text(const struct listing *listing,
                              const struct returned *returned, char *left);
static int print_one(void *context, const struct returned *returned);
static void print_field(const struct listing *listing, const struct returned *returned,
                        const struct report *report, size_t i);

int returns_run(struct agent *agent, const char *const *args)
{
	static const char *const titles[] = {N_("报告期"),   N_("板块"),
	                                     N_("回执编号"), N_("第几次退回"),
	                                     N_("退回处室"), N_("重报时限"),
	                                     N_("情况"),     NULL};
	struct sitting sitting;
	struct listing listing = {.arena = &agent->arena};
	struct returned_query query = {.arena = &agent->arena,
	                               .open_only = options.all == 0,
	                               .visit = add_row,
	                               .context = &listing};
	int code = sitting_open(agent, &sitting);

	(void)args;
	if (code != AGENT_OK)
		return code;
	if (!be_fresh(&sitting))
		(void)agent_error(_("未能与中心端核对，以下是本机已知的"));
	listing.store = sitting.store;
	listing.plan = sitting.plan.plan;
	listing.now = store_plan_now(sitting.store, agent_wall_now());
	if (agent->json)
		listing.array = json_array();
	else
		listing.columns = columns_create(titles);
	if (returned_list(sitting.store, &query) < 0)
		code = agent_error("%s", store_why(sitting.store));
	if (listing.array != NULL) {
		(void)json_dumpf(listing.array, stdout, JSON_INDENT(2));
		(void)putchar('\n');
		json_decref(listing.array);
	} else if (columns_print(listing.columns) != AGENT_OK) {
		code = AGENT_FAILED;
	} else {
		query.visit = print_one;
		(void)returned_list(sitting.store, &query);
	}
	sitting_close(&sitting);
	return code;
}

/* A running service hears of returns at once; else we ask ourselves. */
static bool be_fresh(struct sitting *sitting)
{
	if (!sitting_lock(sitting))
		return true;
	if (sitting_refresh(sitting, WAIT_MS) != AGENT_OK)
		return false;
	sitting_catch_up(sitting, WAIT_MS);
	return sitting->catch_up_status == 0;
}

static const char *section_text(const struct listing *listing, const char *id)
{
	const struct plan_section *section =
		listing->plan != NULL ? plan_find_section(listing->plan, id) : NULL;

	return section != NULL ? arena_printf(listing->arena, "%s %s", id, section->name)
	                       : id;
}

static int add_row(void *context, const struct returned *returned)
{
	struct listing *listing = context;
	char ordinal[16], due[OUTCOME_WHEN_MAX], left[RETURNS_LEFT_MAX];

	listing->open += returned->open;
	if (listing->array != NULL)
		return json_array_append_new(listing->array,
		                             returns_json(listing->arena, listing->plan,
		                                          listing->now, returned)) == 0
		               ? 0
		               : E_NOMEM;
	(void)snprintf(ordinal, sizeof(ordinal), "%u", returned->ordinal);
	outcome_when(listing->plan, returned->due_at, due);
	columns_row(listing->columns,
	            (const char *const[]){
			    returned->period, section_text(listing, returned->section),
			    returned->number, ordinal,
			    returns_by(listing->arena, listing->plan, returned->by), due,
			    state_text(listing, returned, left)});
	return 0;
}

static const char *state_text(const struct listing *listing,
                              const struct returned *returned, char *left)
{
	if (returned->withdrawn)
		return _("退回已撤销");
	if (returned->answered_by[0] != '\0')
		return arena_printf(listing->arena, _("已重报，回执 %s"),
		                    returned->answered_by);
	returns_left(listing->plan, listing->now, returned->due_at, left);
	return left;
}

void returns_left(const struct plan *plan, int64_t now, int64_t due, char *out)
{
	int offset, days;
	day today, last;

	out[0] = '\0';
	if (plan == NULL || due == 0)
		return;
	offset = plan->utc_offset;
	today = instant_day(now, offset);
	last = instant_day(due, offset);
	days = calendar_count_workdays(&plan->calendar, today, last);
	if (now <= due && today == last)
		(void)snprintf(out, RETURNS_LEFT_MAX, "%s", _("今天到期"));
	else if (now <= due)
		(void)snprintf(out, RETURNS_LEFT_MAX, _("还有%d个工作日"), days);
	else if (days == 0)
		(void)snprintf(out, RETURNS_LEFT_MAX, "%s", _("已逾期，不足1个工作日"));
	else
		(void)snprintf(out, RETURNS_LEFT_MAX, _("已逾期%d个工作日"), -days);
}

static int print_one(void *context, const struct returned *returned)
{
	const struct listing *listing = context;
	const struct report *report = NULL;
	struct accepted accepted;
	char when[OUTCOME_WHEN_MAX];

	if (accepted_get(listing->store, listing->arena, returned->number, &accepted) <
	            0 ||
	    accepted_read(listing->arena, accepted.payload, &report) < 0)
		report = NULL;
	outcome_when(listing->plan, returned->returned_at, when);
	printf(_("\n%s %s（回执 %s），%s %s退回：\n"), returned->period,
	       section_text(listing, returned->section), returned->number, when,
	       returns_by(listing->arena, listing->plan, returned->by));
	for (size_t i = 0; i < returned->field_count; i++)
		print_field(listing, returned, report, i);
	if (returned->remark[0] != '\0')
		printf(_("  附言：%s\n"), returned->remark);
	if (!returned->open)
		return 0;
	printf(_("  办法：duban-agent template %s %s > 重报.yaml，按意见修改，写明原因后 "
	         "submit；其余数据不必重填\n"),
	       returned->section, returned->period);
	printf(_("  有异议的：duban-agent request contest return %s\n"),
	       returned->number);
	return 0;
}

/* What was reported stands beside the reason, where it is a figure. */
static void print_field(const struct listing *listing, const struct returned *returned,
                        const struct report *report, size_t i)
{
	const struct returned_field *field = &returned->fields[i];
	const struct figure *figure =
		report != NULL ? report_figure(report, field->field) : NULL;
	const char *name =
		returns_field_name(listing->plan, returned->section, field->field);
	char value[QUANTITY_TEXT_MAX];

	if (figure == NULL) {
		printf(_("  %zu. %s：%s\n"), i + 1, name, field->reason);
		return;
	}
	quantity_print(&figure->value, value);
	printf(_("  %zu. %s（原报 %s）：%s\n"), i + 1, name, value, field->reason);
}

const char *returns_field_name(const struct plan *plan, const char *section,
                               const char *field)
{
	const struct plan_section *about =
		plan != NULL ? plan_find_section(plan, section) : NULL;
	const struct plan_indicator *indicator =
		about != NULL ? plan_find_indicator(about, field) : NULL;
	int named = field_find(field_names, FIELDS, field);

	if (indicator != NULL)
		return indicator->name;
	if (strcmp(field, "persons") == 0)
		return _("填报人、审核人、负责人");
	return named >= 0 ? _(field_names[named].zh) : field;
}

/* "spiffe://domain/department/jiugai/person/li" is of jiugai. */
const char *returns_by(struct arena *arena, const struct plan *plan, const char *path)
{
	static const char start[] = "department/";
	const struct plan_department *department = NULL;
	const char *id = strstr(path, start);

	if (id != NULL && plan != NULL) {
		id += sizeof(start) - 1;
		id = arena_strndup(arena, id, strcspn(id, "/"));
		department = id != NULL ? plan_find_department(plan, id) : NULL;
	}
	return department != NULL ? department->name : path;
}

json_t *returns_json(struct arena *arena, const struct plan *plan, int64_t now,
                     const struct returned *returned)
{
	char returned_at[40], due[40];
	json_t *fields = json_array(), *object;

	outcome_instant(returned->returned_at, returned_at);
	outcome_instant(returned->due_at, due);
	for (size_t i = 0; i < returned->field_count; i++)
		(void)json_array_append_new(
			fields, json_pack("{s:s, s:s, s:s}", "field",
		                          returned->fields[i].field, "name",
		                          returns_field_name(plan, returned->section,
		                                             returned->fields[i].field),
		                          "reason", returned->fields[i].reason));
	object = json_pack(
		"{s:s, s:s, s:s, s:i, s:i, s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:s, s:o}",
		"number", returned->number, "section", returned->section, "period",
		returned->period, "revision", (int)returned->revision, "ordinal",
		(int)returned->ordinal, "by", returned->by, "by_name",
		returns_by(arena, plan, returned->by), "remark", returned->remark,
		"returned_at", returned_at, "due_at", due, "open", (int)returned->open,
		"withdrawn", (int)returned->withdrawn, "answered_by",
		returned->answered_by, "fields", fields);
	if (object != NULL && plan != NULL && returned->open) {
		int left = calendar_count_workdays(
			&plan->calendar, instant_day(now, plan->utc_offset),
			instant_day(returned->due_at, plan->utc_offset));

		(void)json_object_set_new(object, "workdays_left", json_integer(left));
		(void)json_object_set_new(object, "overdue",
		                          json_boolean(now > returned->due_at));
	}
	return object;
}
