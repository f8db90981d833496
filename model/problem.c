/*
 * The rules of problems:
 *
 *	registration -> place, texts, dates, kind -> findings
 *	act          -> who? -> state? -> text? -> due? -> state and terms afterwards
 *
 * What can go wrong is an answer, not an accident: each refusal is a sentence for whoever
 * wanted it, naming who may instead or what is missing.
 */
#include "model/problem.h"

#include <stdarg.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/utf8.h"
#include "model/judging.h"

struct checking {
	const struct plan *plan;
	const struct problem *problem;
	day today;
	struct findings *findings;
};

static void check_place(struct checking *checking);
static void check_texts(struct checking *checking);
static void check_text(struct checking *checking, const char *field, const char *text,
                       size_t max);
static void check_dates(struct checking *checking);
static void refuse(struct checking *checking, const char *rule, const char *field,
                   const char *text);
static const char *say(struct checking *checking, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static bool has_control(const char *text);
static int check_who(const struct problem_step *step, const char **ret_why);
static int check_state(const struct problem_step *step, const char **ret_why);
static int check_words(const struct problem_step *step, const char **ret_field,
                       const char **ret_why);
static int check_wanted(const struct problem_step *step, const char **ret_field,
                        const char **ret_why);
static int check_due(const struct problem_step *step, const char **ret_why);

bool problem_is_overdue(enum problem_state state, day due, day today)
{
	return state == PROBLEM_OPEN && due != DAY_NONE && due < today;
}

int64_t problem_told_at(const struct plan *plan, day due)
{
	unsigned minute = plan->schedule.remind_minute;

	return instant_of(calendar_add_workdays(&plan->calendar, due, 1, NULL),
	                  minute != 0 ? minute : PROBLEM_TOLD_MINUTE, plan->utc_offset);
}

int problem_check(const struct plan *plan, const struct problem *problem, day today,
                  struct findings *findings)
{
	struct checking checking = {plan, problem, today, findings};

	check_place(&checking);
	check_texts(&checking);
	check_dates(&checking);
	if (problem->kind < PROBLEM_LIMITED || problem->kind >= PROBLEM_KINDS)
		refuse(&checking, "Q-04", "kind", "类别应为限期整改或持续整改。");
	return findings_result(findings);
}

static void check_place(struct checking *checking)
{
	const struct problem *problem = checking->problem;
	const struct plan *plan = checking->plan;
	const struct plan_section *section = plan_find_section(plan, problem->section);
	const struct plan_unit *unit = plan_find_unit(plan, problem->unit);

	if (unit == NULL || strcmp(unit->code, problem->unit) != 0)
		refuse(checking, "Q-01", "unit",
		       say(checking, "方案中没有代码为“%s”的单位。", problem->unit));
	if (section == NULL)
		refuse(checking, "Q-01", "section",
		       say(checking, "方案中没有板块“%s”。", problem->section));
	else if (problem->target[0] != '\0' &&
	         plan_find_target(section, problem->target) == NULL)
		refuse(checking, "Q-01", "target",
		       say(checking, "“%s”板块没有责任目标“%s”。", section->name,
		           problem->target));
}

static void check_texts(struct checking *checking)
{
	const struct problem *problem = checking->problem;
	const struct problem_terms *terms = &problem->terms;

	if (text_is_blank(problem->title))
		refuse(checking, "Q-02", "title", "问题名称未填写。");
	if (text_is_blank(terms->owner))
		refuse(checking, "Q-02", "owner", "责任人未填写。");
	if (text_is_blank(terms->measure))
		refuse(checking, "Q-02", "measure", "整改措施未填写。");
	check_text(checking, "title", problem->title, PROBLEM_TITLE_MAX);
	check_text(checking, "project", problem->project, PROBLEM_PROJECT_MAX);
	check_text(checking, "owner", terms->owner, PROBLEM_WORD_MAX);
	check_text(checking, "telephone", terms->telephone, PROBLEM_WORD_MAX);
	check_text(checking, "measure", terms->measure, PROBLEM_TEXT_MAX);
}

/* One line: lists and spreadsheets show it so. */
static void check_text(struct checking *checking, const char *field, const char *text,
                       size_t max)
{
	size_t length = utf8_length(bytes_of_str(text));

	if (length > max)
		refuse(checking, "Q-02", field,
		       say(checking, "现有%zu字，最多%zu字。", length, max));
	if (has_control(text))
		refuse(checking, "Q-02", field, "含有换行或控制字符，应为一行文字。");
}

static bool has_control(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	return false;
}

static void check_dates(struct checking *checking)
{
	const struct problem *problem = checking->problem;
	day due = problem->terms.due;

	if (problem->found == DAY_NONE)
		refuse(checking, "Q-03", "found", "发现日期未填写，应写为“2022-09-30”。");
	else if (problem->found > checking->today)
		refuse(checking, "Q-03", "found", "发现日期在今天以后。");
	if (due == DAY_NONE && problem->kind == PROBLEM_LIMITED)
		refuse(checking, "Q-03", "due", "限期整改的须写明整改期限。");
	if (due != DAY_NONE && problem->found != DAY_NONE && due < problem->found)
		refuse(checking, "Q-03", "due", "整改期限早于发现日期。");
}

static void refuse(struct checking *checking, const char *rule, const char *field,
                   const char *text)
{
	findings_add(checking->findings, &(struct finding){.rule = rule,
	                                                   .severity = SEVERITY_REFUSAL,
	                                                   .field = field,
	                                                   .found = "",
	                                                   .allowed = "",
	                                                   .text = text});
}

static const char *say(struct checking *checking, const char *format, ...)
{
	const char *text;
	va_list args;

	va_start(args, format);
	text = arena_vprintf(checking->findings->arena, format, args);
	va_end(args);
	if (text != NULL)
		return text;
	checking->findings->out_of_memory = true;
	return "";
}

int problem_act(const struct problem_step *step, enum problem_state *ret_state,
                struct problem_terms *ret_terms, const char **ret_field,
                const char **ret_why)
{
	const struct problem_terms *wanted = step->wanted;
	struct problem_terms terms = *step->terms;
	int r;

	*ret_field = "act";
	r = check_who(step, ret_why);
	if (r == 0)
		r = check_state(step, ret_why);
	if (r == 0)
		r = check_words(step, ret_field, ret_why);
	if (r == 0)
		r = check_wanted(step, ret_field, ret_why);
	if (r < 0)
		return r;
	terms.owner = wanted->owner[0] != '\0' ? wanted->owner : terms.owner;
	terms.telephone =
		wanted->telephone[0] != '\0' ? wanted->telephone : terms.telephone;
	terms.measure = wanted->measure[0] != '\0' ? wanted->measure : terms.measure;
	terms.due = wanted->due != DAY_NONE ? wanted->due : terms.due;
	*ret_terms = terms;
	*ret_state = step->state;
	if (step->act == PROBLEM_ASK)
		*ret_state = PROBLEM_ASKED;
	else if (step->act == PROBLEM_SEND_BACK)
		*ret_state = PROBLEM_OPEN;
	else if (step->act == PROBLEM_CLOSE)
		*ret_state = PROBLEM_CLOSED;
	return 0;
}

static int check_who(const struct problem_step *step, const char **ret_why)
{
	bool checks = step->act == PROBLEM_CLOSE || step->act == PROBLEM_SEND_BACK;

	*ret_why = NULL;
	if (!step->own && !step->bureau)
		*ret_why = "只有责任单位、牵头处室和工作组办公室可以办理。";
	else if (step->act == PROBLEM_ASK && !step->own)
		*ret_why = "销号由责任单位申请。";
	else if (checks && !step->bureau)
		*ret_why = "销号和退办由牵头处室或工作组办公室核验后办理，本单位可以申请"
			   "销号。";
	else if (checks && (strcmp(step->by, step->registered_by) == 0 ||
	                    strcmp(step->by, step->asked_by) == 0))
		*ret_why = "登记问题或申请销号的人不能自己核验，请由他人办理。";
	else if (step->act == PROBLEM_CHANGE && step->wanted->due != DAY_NONE &&
	         !step->bureau)
		*ret_why = "整改期限由牵头处室或工作组办公室调整，请说明原因报其办理。";
	return *ret_why != NULL ? E_DENIED : 0;
}

static int check_state(const struct problem_step *step, const char **ret_why)
{
	*ret_why = NULL;
	if (step->state == PROBLEM_CLOSED)
		*ret_why = "该问题已销号。";
	else if (step->act == PROBLEM_ASK && step->state == PROBLEM_ASKED)
		*ret_why = "已申请销号，正等待核验。";
	else if ((step->act == PROBLEM_CLOSE || step->act == PROBLEM_SEND_BACK) &&
	         step->state != PROBLEM_ASKED)
		*ret_why = "责任单位尚未申请销号。";
	return *ret_why != NULL ? E_STATE : 0;
}

/* Every act says why, or what was done or seen. */
static int check_words(const struct problem_step *step, const char **ret_field,
                       const char **ret_why)
{
	static const char *const missing[PROBLEM_ACTS] = {
		[PROBLEM_NOTE] = "请写明整改进展。",
		[PROBLEM_ASK] = "请写明做了什么、结果怎样。",
		[PROBLEM_SEND_BACK] = "请写明退办原因。",
		[PROBLEM_CLOSE] = "请写明核验情况。",
		[PROBLEM_CHANGE] = "请写明调整原因。",
	};

	*ret_field = "act";
	*ret_why = "办理应为进展、申请销号、退办、销号或调整。";
	if (step->act <= PROBLEM_REGISTER || step->act >= PROBLEM_ACTS)
		return E_SYNTAX;
	*ret_field = "text";
	*ret_why = missing[step->act];
	if (text_is_blank(step->text))
		return E_SYNTAX;
	*ret_why = "含有换行或控制字符，应为一行文字。";
	if (has_control(step->text))
		return E_SYNTAX;
	*ret_why = "最多1000字。";
	return utf8_length(bytes_of_str(step->text)) > PROBLEM_TEXT_MAX ? E_RANGE : 0;
}

static int check_wanted(const struct problem_step *step, const char **ret_field,
                        const char **ret_why)
{
	const struct problem_terms *wanted = step->wanted;
	bool words = wanted->owner[0] != '\0' || wanted->telephone[0] != '\0' ||
	             wanted->measure[0] != '\0';

	*ret_field = "due";
	if (check_due(step, ret_why) < 0)
		return E_SYNTAX;
	*ret_field = "act";
	*ret_why = "责任人、电话和措施只在调整时改写。";
	if (words && step->act != PROBLEM_CHANGE)
		return E_SYNTAX;
	*ret_why = "请写明调整什么：责任人、电话、措施或期限。";
	if (step->act == PROBLEM_CHANGE && !words && wanted->due == DAY_NONE)
		return E_SYNTAX;
	*ret_why = "责任人、电话最多50字，措施最多1000字，均为一行文字。";
	if (utf8_length(bytes_of_str(wanted->owner)) > PROBLEM_WORD_MAX ||
	    utf8_length(bytes_of_str(wanted->telephone)) > PROBLEM_WORD_MAX ||
	    utf8_length(bytes_of_str(wanted->measure)) > PROBLEM_TEXT_MAX)
		return E_RANGE;
	return has_control(wanted->owner) || has_control(wanted->telephone) ||
	                       has_control(wanted->measure)
	               ? E_SYNTAX
	               : 0;
}

/* Who is sent back after the due date needs a new one: nobody is asked to have been done
 * yesterday. */
static int check_due(const struct problem_step *step, const char **ret_why)
{
	day due = step->wanted->due, old = step->terms->due;
	bool sends_back = step->act == PROBLEM_SEND_BACK;

	*ret_why = NULL;
	if (due != DAY_NONE && !sends_back && step->act != PROBLEM_CHANGE)
		*ret_why = "整改期限只在调整或退办时改写。";
	else if (due != DAY_NONE && due < step->today)
		*ret_why = "新的整改期限不能早于今天。";
	else if (sends_back && due == DAY_NONE && old != DAY_NONE && old < step->today)
		*ret_why = "原整改期限已过，退办须写明新的整改期限。";
	return *ret_why != NULL ? E_SYNTAX : 0;
}
