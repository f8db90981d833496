/*
 * duban problems add, note, ask, close, return, change: one call each, and one line that
 * says what is now.
 *
 * What can go wrong: the command line says too little (what is missing is named), or the
 * centre refuses: who may do it instead, or what state the problem is in, is printed.
 */
#include <duban/v1/problems.pb-c.h>
#include <jansson.h>
#include <string.h>
#include <sys/random.h>

#include "base/check.h"
#include "base/err.h"
#include "client/admin/admin.h"
#include "client/admin/call.h"
#include "client/admin/output.h"
#include "client/admin/plan.h"
#include "client/admin/problems.h"
#include "client/admin/text.h"
#include "client/problem_words.h"
#include "model/plan.h"

#define REQUEST_ID_SIZE 16

static struct {
	char *plan, *target, *project, *kind, *found, *owner, *telephone, *measure, *due;
} entry;

/* clang-format off */
#define TERMS_OPTIONS \
	{"owner", 0, POPT_ARG_STRING, &entry.owner, 0, N_("责任人"), N_("姓名")}, \
	{"telephone", 0, POPT_ARG_STRING, &entry.telephone, 0, N_("责任人的电话"), N_("电话")}, \
	{"measure", 0, POPT_ARG_STRING, &entry.measure, 0, N_("整改措施"), N_("文字")}, \
	{"due", 0, POPT_ARG_STRING, &entry.due, 0, N_("整改期限，如 2022-09-30"), N_("日期")}
const struct poptOption problems_add_options[] = {
	TERMS_OPTIONS,
	{"found", 0, POPT_ARG_STRING, &entry.found, 0, N_("发现日期，如 2022-09-05"), N_("日期")},
	{"kind", 0, POPT_ARG_STRING, &entry.kind, 0, N_("类别：限期整改（不写就是它）、持续整改"), N_("类别")},
	{"target", 0, POPT_ARG_STRING, &entry.target, 0, N_("影响哪个责任目标，可以不写"), N_("目标")},
	{"project", 0, POPT_ARG_STRING, &entry.project, 0, N_("影响哪个项目，可以不写"), N_("项目编号")},
	{"plan", 0, POPT_ARG_STRING, &entry.plan, 0, N_("哪个方案，只有一个时不用写"), N_("方案")},
	POPT_TABLEEND};
const struct poptOption problems_return_options[] = {
	{"due", 0, POPT_ARG_STRING, &entry.due, 0, N_("新的整改期限；原期限已过的必写"), N_("日期")},
	POPT_TABLEEND};
const struct poptOption problems_change_options[] = {
	TERMS_OPTIONS,
	POPT_TABLEEND};
/* clang-format on */

static int fill_entry(struct admin *admin, const char *const *args,
                      const struct plan *plan, Duban__V1__AddProblemRequest *request);
static bool is_day(const char *option, const char *text);
static int act(struct admin *admin, const char *const *args, Duban__V1__ProblemAct what);

int problems_add(struct admin *admin, const char *const *args)
{
	Duban__V1__AddProblemRequest request = DUBAN__V1__ADD_PROBLEM_REQUEST__INIT;
	const Duban__V1__AddProblemResponse *answer;
	uint8_t id[REQUEST_ID_SIZE];
	ProtobufCMessage *message;
	const struct plan *plan;
	int code = plan_fetch(admin, entry.plan, 0, &plan);

	if (code == ADMIN_OK)
		code = fill_entry(admin, args, plan, &request);
	if (code != ADMIN_OK)
		return code;
	if (getrandom(id, sizeof(id), 0) != (ssize_t)sizeof(id))
		return admin_error("%s", text_err(E_IO));
	request.request_id.data = id;
	request.request_id.len = sizeof(id);
	code = admin_call(admin, "Problems/AddProblem", &request.base,
	                  &duban__v1__add_problem_response__descriptor, &message);
	if (code != ADMIN_OK)
		return code;
	answer = (const Duban__V1__AddProblemResponse *)message;
	if (admin->json)
		return output_json(json_pack("{s:s}", "number", answer->number));
	printf(_("已登记：%s\n"), answer->number);
	return ADMIN_OK;
}

static int fill_entry(struct admin *admin, const char *const *args,
                      const struct plan *plan, Duban__V1__AddProblemRequest *request)
{
	const struct plan_unit *unit = plan_find_unit(plan, args[0]);
	const char *kind = entry.kind != NULL ? entry.kind : "limited";

	if (unit == NULL) {
		(void)admin_error(_("方案中没有单位“%s”"), args[0]);
		return ADMIN_USAGE;
	}
	request->kind = (Duban__V1__ProblemKind)problem_kind_find(kind);
	if (request->kind == 0) {
		(void)admin_error(
			_("--kind %s：应为限期整改（limited）或持续整改（ongoing）"),
			kind);
		return ADMIN_USAGE;
	}
	if (entry.owner == NULL || entry.measure == NULL || entry.found == NULL ||
	    (entry.due == NULL &&
	     request->kind == DUBAN__V1__PROBLEM_KIND__PROBLEM_KIND_LIMITED)) {
		(void)admin_error(_("请写明 --owner 责任人、--measure 整改措施、--found "
		                    "发现日期；限期整改的还有 --due 整改期限"));
		return ADMIN_USAGE;
	}
	if (!is_day("--found", entry.found) || !is_day("--due", entry.due))
		return ADMIN_USAGE;
	request->plan = arena_strdup(&admin->arena, plan->id);
	request->unit = arena_strdup(&admin->arena, unit->code);
	request->section = arena_strdup(&admin->arena, args[1]);
	request->title = arena_strdup(&admin->arena, args[2]);
	if (request->plan == NULL || request->unit == NULL || request->section == NULL ||
	    request->title == NULL)
		return admin_error("%s", text_err(E_NOMEM));
	request->found = entry.found;
	request->owner = entry.owner;
	request->measure = entry.measure;
	request->due = entry.due != NULL ? entry.due : request->due;
	request->target = entry.target != NULL ? entry.target : request->target;
	request->project = entry.project != NULL ? entry.project : request->project;
	request->telephone =
		entry.telephone != NULL ? entry.telephone : request->telephone;
	return ADMIN_OK;
}

static bool is_day(const char *option, const char *text)
{
	day read;

	if (text == NULL || day_parse(text, &read) == 0)
		return true;
	(void)admin_error(_("%s %s：应为日期，如 2022-09-30"), option, text);
	return false;
}

int problems_note(struct admin *admin, const char *const *args)
{
	return act(admin, args, DUBAN__V1__PROBLEM_ACT__PROBLEM_ACT_NOTED);
}

int problems_ask(struct admin *admin, const char *const *args)
{
	return act(admin, args, DUBAN__V1__PROBLEM_ACT__PROBLEM_ACT_ASKED);
}

int problems_close(struct admin *admin, const char *const *args)
{
	return act(admin, args, DUBAN__V1__PROBLEM_ACT__PROBLEM_ACT_CLOSED);
}

int problems_return(struct admin *admin, const char *const *args)
{
	return act(admin, args, DUBAN__V1__PROBLEM_ACT__PROBLEM_ACT_SENT_BACK);
}

int problems_change(struct admin *admin, const char *const *args)
{
	if (entry.owner == NULL && entry.telephone == NULL && entry.measure == NULL &&
	    entry.due == NULL) {
		(void)admin_error(_("请写明调整什么：--owner、--telephone、--measure 或 "
		                    "--due"));
		return ADMIN_USAGE;
	}
	return act(admin, args, DUBAN__V1__PROBLEM_ACT__PROBLEM_ACT_CHANGED);
}

static int act(struct admin *admin, const char *const *args, Duban__V1__ProblemAct what)
{
	Duban__V1__ActOnProblemRequest request = DUBAN__V1__ACT_ON_PROBLEM_REQUEST__INIT;
	const Duban__V1__ActOnProblemResponse *answer;
	ProtobufCMessage *message;
	int code;

	if (!is_day("--due", entry.due))
		return ADMIN_USAGE;
	request.number = arena_strdup(&admin->arena, args[0]);
	request.text = arena_strdup(&admin->arena, args[1]);
	if (request.number == NULL || request.text == NULL)
		return admin_error("%s", text_err(E_NOMEM));
	request.act = what;
	request.due = entry.due != NULL ? entry.due : request.due;
	request.owner = entry.owner != NULL ? entry.owner : request.owner;
	request.telephone = entry.telephone != NULL ? entry.telephone : request.telephone;
	request.measure = entry.measure != NULL ? entry.measure : request.measure;
	code = admin_call(admin, "Problems/ActOnProblem", &request.base,
	                  &duban__v1__act_on_problem_response__descriptor, &message);
	if (code != ADMIN_OK)
		return code;
	answer = (const Duban__V1__ActOnProblemResponse *)message;
	if (admin->json)
		return output_json(json_pack("{s:s, s:s, s:s, s:s}", "number", args[0],
		                             "act", text_problem_act(admin, what),
		                             "state",
		                             text_problem_state(admin, answer->state),
		                             "at", text_instant(admin, answer->at)));
	printf(_("%s：%s已记录，现为“%s”（%s）\n"), args[0],
	       text_problem_act(admin, what), text_problem_state(admin, answer->state),
	       text_instant(admin, answer->at));
	return ADMIN_OK;
}
