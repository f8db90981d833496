/*
 * The words and instants of a request:
 *
 *	received  -> the office: 申请待批
 *	answered  -> the unit: 申请批复
 *	extension -> reminder, due, each step of the ladder, lock: all from the new due
 *time
 */
#include "server/requests_words.h"

#include "base/err.h"

static int write_told(struct arena *arena, struct request_words *words,
                      struct notice_about *about, const char *recipient);

int request_words_received(struct arena *arena, struct request_words *words)
{
	const struct plan_department *office = words->plan->office;
	struct notice_about about = {
		.kind = ALERT_REQUEST_RECEIVED,
		.due = words->answer_due,
		.to = office,
	};

	return write_told(arena, words, &about,
	                  arena_printf(arena, "department/%s", office->id));
}

int request_words_answered(struct arena *arena, struct request_words *words)
{
	struct notice_about about = {
		.kind = ALERT_REQUEST_ANSWERED,
		.due = words->request.until,
		.by = plan_find_department(words->plan, words->by),
	};

	return write_told(arena, words, &about,
	                  arena_printf(arena, "district/%s", words->unit));
}

static int write_told(struct arena *arena, struct request_words *words,
                      struct notice_about *about, const char *recipient)
{
	struct told *told = arena_new(arena, struct told);
	struct notice notice;
	int r;

	if (told == NULL || recipient == NULL)
		return E_NOMEM;
	about->now = words->now;
	about->request = words->request;
	about->unit = plan_find_unit(words->plan, words->unit);
	if (words->section[0] != '\0') {
		about->section = plan_find_section(words->plan, words->section);
		if (about->section == NULL ||
		    period_parse(words->period, &about->period) < 0)
			return E_STATE;
	}
	if (about->unit == NULL)
		return E_STATE;
	r = notice_write(arena, words->plan, about, &notice);
	if (r < 0)
		return r;
	*told = (struct told){
		.recipient = recipient,
		.title = notice.title,
		.text = notice.text,
	};
	words->told = told;
	words->sample = notice.sample;
	return 0;
}

int request_words_move(struct arena *arena, const struct plan *plan,
                       const struct period_times *times, struct request_moved **ret_moved,
                       size_t *ret_count)
{
	struct request_moved *moved =
		arena_new_array(arena, plan->step_count + 3, struct request_moved);
	size_t count = 0;

	if (moved == NULL)
		return E_NOMEM;
	moved[count++] = (struct request_moved){.kind = ALERT_REPORT_DUE_SOON,
	                                        .at = times->remind,
	                                        .due = times->due};
	moved[count++] = (struct request_moved){.kind = ALERT_REPORT_OVERDUE,
	                                        .at = times->due,
	                                        .due = times->due};
	for (size_t i = 0; i < plan->step_count; i++)
		moved[count++] = (struct request_moved){
			.kind = ALERT_REPORT_OVERDUE,
			.level = plan->steps[i].level,
			.at = step_instant(plan, &plan->steps[i], times->due),
			.due = times->due,
		};
	moved[count++] = (struct request_moved){.kind = ALERT_BEHIND,
	                                        .at = times->lock,
	                                        .due = times->cutoff};
	*ret_moved = moved;
	*ret_count = count;
	return 0;
}
