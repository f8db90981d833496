/*
 * The words for a problem that waits for somebody else now:
 *
 *	asked      to the lead department: look, then close it or send it back
 *	sent back  to the unit: why, and until when
 *
 * What can go wrong: no memory.
 */
#include "model/notice_problem.h"

#include <string.h>

#include "base/err.h"
#include "model/wording.h"

static const char *subject(struct arena *arena, const struct notice_problem *about);
static const char *until(struct arena *arena, const struct notice_problem *about);
static const char *asked(struct arena *arena, const struct notice_problem *about);
static const char *sent_back(struct arena *arena, const struct notice_problem *about);
static const char *ended(struct arena *arena, const char *sentence);

int notice_problem_write(struct arena *arena, const struct plan *plan,
                         const struct notice_problem *about, struct notice *ret_notice)
{
	bool is_asked = about->act == PROBLEM_ASK;
	const char *what = subject(arena, about);
	const char *text = is_asked ? asked(arena, about) : sent_back(arena, about);
	struct notice notice = {.sample = false};

	if (what == NULL || text == NULL)
		return E_NOMEM;
	notice.title = is_asked ? arena_printf(arena, "【销号待核验】%s：%s申请销号",
	                                       about->unit->name, what)
	                        : arena_printf(arena, "【退办】%s：%s退办",
	                                       about->unit->name, what);
	notice.text = arena_printf(arena, "%s（依据：%s；系统提醒）", text,
	                           plan->number[0] != '\0' ? plan->number : plan->title);
	if (notice.title == NULL || notice.text == NULL)
		return E_NOMEM;
	*ret_notice = notice;
	return 0;
}

/* "问题“…”（WT-2022-0007）"; NULL without memory, as all below. */
static const char *subject(struct arena *arena, const struct notice_problem *about)
{
	const char *title = wording_quoted(arena, about->title);

	return title == NULL ? NULL
	                     : arena_printf(arena, "问题%s（%s）", title, about->number);
}

static const char *until(struct arena *arena, const struct notice_problem *about)
{
	char date[WORDING_MAX];

	if (about->due == DAY_NONE)
		return "";
	wording_date(about->due, date);
	return arena_printf(arena, "，整改期限%s", date);
}

static const char *asked(struct arena *arena, const struct notice_problem *about)
{
	const char *what = subject(arena, about), *due = until(arena, about);
	const char *text = ended(arena, about->text);
	char numeral[WORDING_MAX];

	if (what == NULL || due == NULL || text == NULL)
		return NULL;
	wording_numeral(about->section->index + 1, numeral);
	return arena_printf(
		arena,
		"%s：%s“%s、%s”板块%s，责任人%s%s，单位申请销号：%s请由登记问题以外的同志"
		"核验，属实的销号，不属实的写明原因退办。",
		about->section->lead->name, about->unit->name, numeral,
		about->section->name, what, about->owner, due, text);
}

static const char *sent_back(struct arena *arena, const struct notice_problem *about)
{
	const struct plan_unit *unit = about->unit;
	const char *what = subject(arena, about), *due = until(arena, about);
	const char *text = ended(arena, about->text);
	const char *to = unit->department != NULL && unit->department[0] != '\0'
	                         ? unit->department
	                         : unit->name;

	if (what == NULL || due == NULL || text == NULL)
		return NULL;
	return arena_printf(arena,
	                    "%s：你单位%s，责任人%s%s，经%s核验，予以退办：%s请继续整改，"
	                    "完成后写明整改情况再次申请销号。",
	                    to, what, about->owner, due,
	                    about->by != NULL ? about->by->name : "市级", text);
}

/* With a full stop at its end. */
static const char *ended(struct arena *arena, const char *sentence)
{
	static const char stop[] = "。";
	size_t len = strlen(sentence), stop_len = sizeof(stop) - 1;

	if (len >= stop_len && strcmp(sentence + len - stop_len, stop) == 0)
		return sentence;
	return arena_printf(arena, "%s%s", sentence, stop);
}
