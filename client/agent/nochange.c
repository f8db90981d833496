/*
 * duban-agent nochange, zero:
 *
 *	section, period -> the last report -> restated -> judged
 *	     -> what a rule asks again is answered as last time -> judged -> delivered
 *
 * What can go wrong, and who has to act:
 *
 *  - Nothing was reported before, or something did change: the reporter makes an ordinary
 *    report.
 *  - The third in a row on an unfinished target: the reporter gives a reason.
 *  - The report before still waits for its receipt: it must be known first, because this
 *    one states the same.
 */
#include "client/agent/nochange.h"

#include <string.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "client/agent/about.h"
#include "client/agent/delivery.h"
#include "client/agent/fields.h"
#include "client/agent/restate.h"

static struct {
	char *persons[3];
	int dry_run;
} options;

/* clang-format off */
const struct poptOption nochange_options[] = {
	DELIVERY_OPTIONS,
	{"filled-by", 0, POPT_ARG_STRING, &options.persons[0], 0, N_("填报人，不写时同上次"), N_("姓名,职务,电话")},
	{"reviewed-by", 0, POPT_ARG_STRING, &options.persons[1], 0, N_("审核人，不写时同上次"), N_("姓名,职务,电话")},
	{"approved-by", 0, POPT_ARG_STRING, &options.persons[2], 0, N_("负责人，不写时同上次"), N_("姓名,职务,电话")},
	{"dry-run", 0, POPT_ARG_NONE, &options.dry_run, 0, N_("只审核，不报送"), NULL},
	POPT_TABLEEND};
/* clang-format on */

static int run(struct agent *agent, enum report_kind kind, const char *const *args);
static int restate(struct delivery *delivery, enum report_kind kind,
                   const char *const *args);
static int prepare(struct delivery *delivery, const char *const *args,
                   struct restate *restate, struct accepted *last);
static int make(const struct restate *restate, struct report *ret_report);
static int find_last(struct delivery *delivery, struct arena *arena,
                     const struct about *about, struct accepted *ret_last,
                     const struct report **ret_report);
static int read_person(struct arena *arena, const char *text, struct person *ret_person);
static int judge(struct making *making, const struct restate *restate);
static void print_stated(const struct making *making, const struct accepted *last);

int nochange_run(struct agent *agent, const char *const *args)
{
	return run(agent, REPORT_NO_CHANGE, args);
}

int zero_run(struct agent *agent, const char *const *args)
{
	return run(agent, REPORT_ZERO, args);
}

static int run(struct agent *agent, enum report_kind kind, const char *const *args)
{
	struct delivery delivery;
	int code = delivery_open(agent, &delivery);

	if (code != AGENT_OK)
		return code;
	delivery_worsen(&delivery, restate(&delivery, kind, args));
	return delivery_close(&delivery);
}

static int restate(struct delivery *delivery, enum report_kind kind,
                   const char *const *args)
{
	AUTO(arena_finishp) struct arena arena;
	struct sitting *sitting = &delivery->sitting;
	struct accepted last = {.number = ""};
	struct restate restate = {
		.arena = &arena,
		.plan = sitting->plan.plan,
		.plan_version = sitting->plan.version,
		.unit = sitting->agent->settings.unit,
		.kind = kind,
		.reason = delivery_given.reason,
		.wall_now = agent_wall_now(),
	};
	struct making making = {
		.arena = &arena,
		.store = sitting->store,
		.plan = &sitting->plan,
		.unit = restate.unit,
		.name = kind_word(kind),
		.wall_now = restate.wall_now,
	};
	int code, r;

	arena_init(&arena, AGENT_MEMORY_MAX);
	restate.plan_now = store_plan_now(sitting->store, restate.wall_now);
	code = prepare(delivery, args, &restate, &last);
	if (code == AGENT_OK)
		code = make(&restate, &making.report);
	if (code != AGENT_OK)
		return code;
	r = judge(&making, &restate);
	if (r == 0 && delivery->results == NULL)
		print_stated(&making, &last);
	return options.dry_run != 0 ? delivery_only_show(delivery, &making, r)
	                            : delivery_bring(delivery, &making, r);
}

/* What it is about, what was said of it last, and who stands for it now. */
static int prepare(struct delivery *delivery, const char *const *args,
                   struct restate *restate, struct accepted *last)
{
	struct about about;
	int code =
		about_read(restate->plan, restate->unit, restate->plan_now, args, &about);

	if (code == AGENT_OK)
		code = find_last(delivery, restate->arena, &about, last, &restate->last);
	for (size_t i = 0; code == AGENT_OK && i < ARRAY_LEN(options.persons); i++)
		code = read_person(restate->arena, options.persons[i],
		                   &restate->persons[i]);
	if (code == AGENT_OK) {
		restate->section = about.section;
		restate->period = about.period;
	}
	return code;
}

static int make(const struct restate *restate, struct report *ret_report)
{
	int r = restate_make(restate, ret_report);

	if (r == 0)
		return AGENT_OK;
	if (r != E_NOT_FOUND)
		return agent_error("%s", text_err(r));
	(void)agent_error(_("此前没有已收妥的“%s”报表，不能报“本期无变化”；请按月报或零报"
	                    "告报送"),
	                  restate->section->name);
	return AGENT_REFUSED;
}

/* The newest report of an earlier period; none is not an error. */
static int find_last(struct delivery *delivery, struct arena *arena,
                     const struct about *about, struct accepted *ret_last,
                     const struct report **ret_report)
{
	struct store *store = delivery->sitting.store;
	const struct place place = {.plan = delivery->sitting.plan.plan->id,
	                            .section = about->section->id,
	                            .period = about->text};
	struct queue_entry waiting;
	int r = accepted_last(store, arena, &place, ret_last);

	if (r == 0)
		r = accepted_read(arena, ret_last->payload, ret_report);
	if (r < 0 && r != E_NOT_FOUND)
		return agent_error("%s", r == E_CORRUPT ? text_err(r) : store_why(store));
	if (queue_find_earlier(store, arena, &place, &waiting) == 0)
		return agent_error(_("%s 的报表（%s）还没有收妥，无从沿用；请待其收妥后"
		                     "再报"),
		                   waiting.period, waiting.source);
	return AGENT_OK;
}

/* "张三,科员,0731-88888888": what follows the name may be left out. */
static int read_person(struct arena *arena, const char *text, struct person *ret_person)
{
	static const char wide[] = "，";
	const char **into[] = {&ret_person->name, &ret_person->post,
	                       &ret_person->telephone};
	const char *left = text;

	*ret_person = (struct person){.name = "", .post = "", .telephone = ""};
	for (size_t i = 0; left != NULL && i < ARRAY_LEN(into); i++) {
		const char *comma = strchr(left, ','), *other = strstr(left, wide);
		const char *end =
			other != NULL && (comma == NULL || other < comma) ? other : comma;
		const char *part =
			end != NULL ? arena_strndup(arena, left, (size_t)(end - left))
				    : left;

		part = part != NULL ? field_trim(arena, part) : NULL;
		if (part == NULL)
			return agent_error("%s", text_err(E_NOMEM));
		*into[i] = part;
		left = end == NULL ? NULL : end + (end == other ? strlen(wide) : 1);
	}
	if (left == NULL && (text == NULL || ret_person->name[0] != '\0'))
		return AGENT_OK;
	(void)agent_error(_("人员“%s”应写作“姓名,职务,电话”，职务和电话可以不写"), text);
	return AGENT_USAGE;
}

/* Twice at most: the second time with what was said of the figures before. */
static int judge(struct making *making, const struct restate *restate)
{
	int r = making_judge_made(making);

	if (r != E_REFUSED ||
	    !restate_answer(restate, &making->findings, &making->report))
		return r;
	making->report.supersedes = "";
	return making_judge_made(making);
}

/* Nobody typed a figure: so it is said whose they are, and in whose names it is sent. */
static void print_stated(const struct making *making, const struct accepted *last)
{
	const struct report *report = &making->report;

	if (last->number[0] == '\0')
		printf(_("%s：%s %s，共 %zu 项指标，此前没有报表可以沿用\n"),
		       making->name, report->section, report->period,
		       report->figure_count);
	else
		printf(_("%s：%s %s，共 %zu 项指标，沿用 %s 的报表（回执 %s）\n"),
		       making->name, report->section, report->period,
		       report->figure_count, last->period, last->number);
	printf(_("填报人 %s，审核人 %s，负责人 %s\n"), report->filled_by.name,
	       report->reviewed_by.name, report->approved_by.name);
}
