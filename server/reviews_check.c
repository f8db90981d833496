/*
 * The rules of CheckFigure:
 *
 *	caller's department --> reviews, checks or accepts it? --> may say "seen"?
 *	                    --> an acceptance: whole, asked for, by whom, how much, when
 *
 * Where the plan names a checker, the figure counts by the checker's word: nobody else
 * says that it was seen. That it is not true may be said by everybody who reviews it.
 *
 * What can go wrong: the caller says what is another's to say; that is refused, with the
 * office whose it is.
 */
#include "server/reviews_check.h"

#include <string.h>

#include "base/err.h"
#include "base/utf8.h"

#define DOCUMENT_MAX 200 /* characters */

static const struct plan_target *find_acceptance(const struct check_question *question,
                                                 bool own);
static int judge_seen(struct arena *arena, const struct check_question *question,
                      const struct plan_department *checker, struct refusal *refusal);
static bool is_acceptance(const struct check_question *question);
static int judge_acceptance(struct arena *arena, const struct check_question *question,
                            struct refusal *refusal);
static int judge_amount(struct arena *arena, const struct check_question *question,
                        struct refusal *refusal);
static bool is_mine(const struct check_question *question,
                    const struct plan_department *department);
static int refused(struct refusal *refusal, int err, const char *field, const char *why);

int check_judge(struct arena *arena, const struct check_question *question,
                bool *ret_as_checker, struct refusal *refusal)
{
	const struct plan_indicator *indicator =
		plan_find_indicator(question->section, question->indicator);
	const struct plan_department *checker =
		indicator != NULL ? indicator->checker : NULL;
	int r = 0;

	if (!question->reviews && !is_mine(question, checker) &&
	    find_acceptance(question, true) == NULL)
		return refused(refusal, E_DENIED, "number",
		               "该板块由其他处室牵头，本处室不能核查。");
	if (is_acceptance(question))
		r = judge_acceptance(arena, question, refusal);
	else if (question->says == FIGURE_SEEN)
		r = judge_seen(arena, question, checker, refusal);
	if (r == 0)
		*ret_as_checker = is_mine(question, checker);
	return r;
}

static int judge_seen(struct arena *arena, const struct check_question *question,
                      const struct plan_department *checker, struct refusal *refusal)
{
	if (checker == NULL || is_mine(question, checker))
		return 0;
	return refused(refusal, E_DENIED, "indicator",
	               arena_printf(arena, "该指标由%s核验，其他处室不能代为核验。",
	                            checker->name));
}

static bool is_acceptance(const struct check_question *question)
{
	return question->accepted.unit != NULL || question->accepted_on[0] != '\0' ||
	       question->document[0] != '\0';
}

static int judge_acceptance(struct arena *arena, const struct check_question *question,
                            struct refusal *refusal)
{
	const struct plan_target *asks = find_acceptance(question, false);
	day on;

	if (question->says != FIGURE_SEEN)
		return refused(refusal, E_SYNTAX, "standing",
		               "验收记为 STANDING_SEEN，不能与复核不实同时写。");
	if (asks == NULL)
		return refused(refusal, E_SYNTAX, "accepted",
		               "方案没有要求验收这个指标（acceptance）。");
	if (find_acceptance(question, true) == NULL)
		return refused(refusal, E_DENIED, "accepted",
		               arena_printf(arena, "该指标由%s验收。",
		                            asks->acceptance->name));
	if (question->accepted.unit == NULL || question->accepted_on[0] == '\0' ||
	    question->document[0] == '\0')
		return refused(refusal, E_SYNTAX, "accepted",
		               "验收的数量、日期、文号要同时写明。");
	if (utf8_length(bytes_of_str(question->document)) > DOCUMENT_MAX)
		return refused(refusal, E_RANGE, "document", "最多200字。");
	if (day_parse(question->accepted_on, &on) < 0 || on > question->today)
		return refused(refusal, E_RANGE, "accepted_on",
		               "应当是不晚于今天的日期，如 2022-09-28。");
	return judge_amount(arena, question, refusal);
}

/* A target that asks for acceptance of this indicator; @own: by the caller. */
static const struct plan_target *find_acceptance(const struct check_question *question,
                                                 bool own)
{
	const struct plan_section *section = question->section;

	for (size_t i = 0; i < section->target_count; i++) {
		const struct plan_target *target = &section->targets[i];

		if (target->acceptance == NULL || target->indicator == NULL ||
		    strcmp(target->indicator->id, question->indicator) != 0)
			continue;
		if (!own || is_mine(question, target->acceptance))
			return target;
	}
	return NULL;
}

static int judge_amount(struct arena *arena, const struct check_question *question,
                        struct refusal *refusal)
{
	char reported[QUANTITY_TEXT_MAX];
	int order;

	if (question->accepted.digits >= 0 &&
	    quantity_compare(&question->accepted, &question->reported, &order) == 0 &&
	    order <= 0)
		return 0;
	quantity_print(&question->reported, reported);
	return refused(refusal, E_RANGE, "accepted",
	               arena_printf(arena, "累计验收的数量应当在0和填报数%s之间。",
	                            reported));
}

static bool is_mine(const struct check_question *question,
                    const struct plan_department *department)
{
	return department != NULL && strcmp(department->id, question->department) == 0;
}

static int refused(struct refusal *refusal, int err, const char *field, const char *why)
{
	refusal->field = field;
	refusal->why = why;
	return err;
}
