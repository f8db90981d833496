/*
 * What one report that was asked for brings:
 *
 *	how it came (score_time.c) --.
 *	                              >-- by the scheme --> points, each with its sentence
 *	what became of it -----------'
 *
 * Late, missing and wrong are counted apart, whatever the scheme makes of them. A report
 * that did not come earns nothing for quality either: who sends one good report and
 * leaves out four must not come first.
 */
#include "model/score_internal.h"

#define POINT 100 /* hundredths */

/* What became of a report. */
struct quality {
	enum score_grade grade; /* the worst of all */
	unsigned returned, corrected, own;
	const char *why; /* sentences; "" */
};

static void count_time(struct scoring *scoring, const struct score_timing *timing);
static void look_at_quality(struct scoring *scoring,
                            const struct score_obligation *obligation,
                            const struct score_timing *timing, struct quality *quality);
static void look_at_return(struct scoring *scoring, const struct score_return *back,
                           struct quality *quality);
static void look_at_change(struct scoring *scoring, const struct score_timing *timing,
                           const struct score_change *change, struct quality *quality);
static void worsen(struct quality *quality, enum score_grade grade);
static void add_uncounted(struct scoring *scoring,
                          const struct score_obligation *obligation,
                          const struct score_timing *timing);
static void by_points(struct scoring *scoring, const struct score_obligation *obligation,
                      const struct score_timing *timing, const struct quality *quality);
static void by_matrix(struct scoring *scoring, const struct score_obligation *obligation,
                      const struct score_timing *timing, const struct quality *quality);
static size_t column_of(const struct plan_scoring *rules, enum score_grade grade);
static void by_deduction(struct scoring *scoring,
                         const struct score_obligation *obligation,
                         const struct score_timing *timing,
                         const struct quality *quality);
static void take_away(struct scoring *scoring, struct score_point *point, unsigned times,
                      int64_t each, const char *why);
static const char *came(struct scoring *scoring,
                        const struct score_obligation *obligation,
                        const struct score_timing *timing);
static const char *became(struct scoring *scoring, const struct quality *quality);

static const char *const time_words[SCORE_TIMES] = {"按时", "迟报", "漏报"};

void score_report(struct scoring *scoring, const struct score_obligation *obligation)
{
	struct quality quality = {.why = ""};
	struct score_timing timing;

	score_time(scoring, obligation, &timing);
	if (obligation->number[0] == '\0' && obligation->due > scoring->facts->known_at)
		return; /* not due yet: nothing is asked */
	count_time(scoring, &timing);
	if (timing.waiting || timing.excused) {
		add_uncounted(scoring, obligation, &timing);
		return;
	}
	if (obligation->number[0] != '\0')
		look_at_quality(scoring, obligation, &timing, &quality);
	switch (scoring->facts->plan->scoring.scheme) {
	case SCORING_POINTS:
		by_points(scoring, obligation, &timing, &quality);
		break;
	case SCORING_EIONET:
		by_matrix(scoring, obligation, &timing, &quality);
		break;
	case SCORING_DEDUCTION:
		by_deduction(scoring, obligation, &timing, &quality);
		break;
	case SCORING_NONE:
		break;
	}
}

static void count_time(struct scoring *scoring, const struct score_timing *timing)
{
	struct score_counts *counts = &scoring->score->counts;

	counts->waiting += timing->waiting;
	counts->excused += timing->excused;
	if (timing->waiting || timing->excused)
		return;
	counts->asked++;
	counts->on_time += timing->time == SCORE_ON_TIME;
	counts->late += timing->time == SCORE_LATE;
	counts->missing += timing->time == SCORE_MISSING;
	counts->waived += timing->waived;
	counts->deducted += timing->deducted;
}

static void look_at_quality(struct scoring *scoring,
                            const struct score_obligation *obligation,
                            const struct score_timing *timing, struct quality *quality)
{
	struct score_counts *counts = &scoring->score->counts;

	if (obligation->explained > 0) {
		worsen(quality, SCORE_EXPLAINED);
		quality->why =
			score_say(scoring, "%u项数据作了说明。", obligation->explained);
	}
	for (size_t i = 0; i < obligation->return_count; i++)
		look_at_return(scoring, &obligation->returns[i], quality);
	for (size_t i = 0; i < obligation->change_count; i++)
		look_at_change(scoring, timing, &obligation->changes[i], quality);
	counts->returned += quality->returned;
	counts->corrected += quality->corrected;
	counts->wrong += quality->returned > 0 || quality->corrected > 0;
}

static void look_at_return(struct scoring *scoring, const struct score_return *back,
                           struct quality *quality)
{
	const char *why = "";
	int64_t due = score_put_off(scoring, back->due, &why);
	bool answered = back->answered_by[0] != '\0';
	bool mended =
		answered ? back->answered_at <= due : scoring->facts->known_at <= due;

	quality->returned++;
	worsen(quality, mended ? SCORE_MENDED : SCORE_UNMENDED);
	if (answered)
		quality->why = score_say(
			scoring,
			"%s%s退回（回执%s），重报时限%s，%s重报（回执%s），%s。%s",
			quality->why, score_instant(scoring, back->returned_at),
			back->number, score_instant(scoring, due),
			score_instant(scoring, back->answered_at), back->answered_by,
			mended ? "按时" : "晚于时限", why);
	else
		quality->why =
			score_say(scoring, "%s%s退回（回执%s），重报时限%s，%s。%s",
		                  quality->why, score_instant(scoring, back->returned_at),
		                  back->number, score_instant(scoring, due),
		                  mended ? "还在时限以内" : "没有重报", why);
}

/* Found by the unit itself, before anybody relied on it: no mistake is counted. */
static void look_at_change(struct scoring *scoring, const struct score_timing *timing,
                           const struct score_change *change, struct quality *quality)
{
	bool passed = change->passed_at != 0 && change->passed_at <= change->received_at;
	bool counts = passed || change->received_at > timing->lock;

	if (counts) {
		worsen(quality, SCORE_CORRECTED);
		quality->corrected++;
	} else {
		quality->own++;
	}
	quality->why =
		score_say(scoring, "%s%s以%s更正，%s。", quality->why,
	                  score_instant(scoring, change->received_at), change->number,
	                  passed   ? "在业务审核通过以后"
	                  : counts ? "在封表以后"
	                           : "是审核通过以前自行更正，不计");
}

static void worsen(struct quality *quality, enum score_grade grade)
{
	if (grade > quality->grade)
		quality->grade = grade;
}

static void add_uncounted(struct scoring *scoring,
                          const struct score_obligation *obligation,
                          const struct score_timing *timing)
{
	enum score_part part = scoring->facts->plan->scoring.scheme == SCORING_POINTS
	                               ? SCORE_TIMELINESS
	                               : SCORE_REPORTS;
	struct score_point point = score_point_of(scoring, obligation, part);

	point.counted = false;
	point.rule = timing->waiting ? "waiting" : "excused";
	point.sentence =
		score_say(scoring, "%s%s，不计分。%s", score_subject(scoring, obligation),
	                  timing->waiting ? "没有收到，还没有封表"
	                                  : "没有收到，也已经无法报送",
	                  timing->why);
	score_add(scoring, &point);
}

static void by_points(struct scoring *scoring, const struct score_obligation *obligation,
                      const struct score_timing *timing, const struct quality *quality)
{
	static const char *const time_rules[SCORE_TIMES] = {"timeliness.on_time",
	                                                    "timeliness.late",
	                                                    "timeliness.missing"};
	static const char *const grade_rules[SCORE_GRADES] = {
		"quality.clean", "quality.explained", "quality.corrected",
		"quality.mended", "quality.unmended"};
	const struct plan_scoring *rules = &scoring->facts->plan->scoring;
	struct score_point point = score_point_of(scoring, obligation, SCORE_TIMELINESS);

	point.rule = time_rules[timing->time];
	point.points = rules->times[timing->time];
	point.possible = rules->times[SCORE_ON_TIME];
	point.sentence =
		score_say(scoring, "%s%s。%s", came(scoring, obligation, timing),
	                  score_gets(scoring, point.points, point.possible), timing->why);
	score_add(scoring, &point);
	point = score_point_of(scoring, obligation, SCORE_QUALITY);
	point.possible = rules->grades[SCORE_CLEAN];
	if (obligation->number[0] == '\0') {
		point.rule = "quality.missing";
		point.sentence = score_say(scoring, "%s没有报送%s。",
		                           score_subject(scoring, obligation),
		                           score_gets(scoring, 0, point.possible));
		score_add(scoring, &point);
		return;
	}
	point.rule = grade_rules[quality->grade];
	point.points = rules->grades[quality->grade];
	point.sentence =
		score_say(scoring, "%s：%s%s。%s", score_subject(scoring, obligation),
	                  became(scoring, quality),
	                  score_gets(scoring, point.points, point.possible),
	                  quality->why);
	score_add(scoring, &point);
}

/* Rows: serious delay (missing, or after the lock), small delay, timely. Columns: the
 * basic tests failed, passed, all tests passed. */
static void by_matrix(struct scoring *scoring, const struct score_obligation *obligation,
                      const struct score_timing *timing, const struct quality *quality)
{
	static const int64_t matrix[SCORE_TIMES][3] = {
		[SCORE_MISSING] = {0, 0, 0},
		[SCORE_LATE] = {0, 1, 3},
		[SCORE_ON_TIME] = {0, 2, 4},
	};
	static const char *const columns[] = {"未过关", "基本过关", "全部过关"};
	const struct plan_scoring *rules = &scoring->facts->plan->scoring;
	struct score_point point = score_point_of(scoring, obligation, SCORE_REPORTS);
	size_t column = column_of(rules, quality->grade);
	const char *test = "";

	point.rule = "reports.eionet";
	point.points = matrix[timing->time][column] * POINT;
	point.possible = matrix[SCORE_ON_TIME][2] * POINT;
	if (obligation->number[0] != '\0')
		test = score_say(scoring, "；质量%s（%s）", columns[column],
		                 became(scoring, quality));
	point.sentence =
		score_say(scoring, "%s%s%s。%s%s", came(scoring, obligation, timing),
	                  test, score_gets(scoring, point.points, point.possible),
	                  timing->why, quality->why);
	score_add(scoring, &point);
}

static size_t column_of(const struct plan_scoring *rules, enum score_grade grade)
{
	switch (grade) {
	case SCORE_CLEAN:
		return 2;
	case SCORE_EXPLAINED:
		return rules->explained_is_basic ? 1 : 2;
	case SCORE_CORRECTED:
	case SCORE_MENDED:
		return 1;
	default:
		return 0;
	}
}

void score_begin_deduction(struct scoring *scoring)
{
	const struct plan_scoring *rules = &scoring->facts->plan->scoring;
	struct score_point point = {
		.part = SCORE_REPORTS,
		.rule = "reports.start",
		.period = "",
		.number = "",
		.counted = true,
		.points = rules->start,
		.possible = rules->start,
	};
	char start[24];

	if (rules->scheme != SCORING_DEDUCTION || scoring->facts->obligation_count == 0)
		return;
	points_print(rules->start, start);
	point.sentence = score_say(scoring, "起始分%s分。", start);
	score_add(scoring, &point);
}

/* Nobody owes points; and a start from which nothing was asked is no merit. */
void score_end_deduction(struct scoring *scoring)
{
	struct score *score = scoring->score;
	struct score_tally *tally = &score->parts[SCORE_REPORTS];
	struct score_point point = {
		.part = SCORE_REPORTS,
		.rule = "reports.start",
		.period = "",
		.number = "",
		.counted = true,
	};

	if (scoring->facts->plan->scoring.scheme != SCORING_DEDUCTION ||
	    scoring->facts->obligation_count == 0)
		return;
	point.points = -tally->points;
	if (score->counts.asked == 0) {
		point.possible = -tally->possible;
		point.sentence = "没有应报的月报，起始分不计。";
		score_add(scoring, &point);
	} else if (tally->points < 0) {
		point.sentence = "扣完为止。";
		score_add(scoring, &point);
	}
}

static void by_deduction(struct scoring *scoring,
                         const struct score_obligation *obligation,
                         const struct score_timing *timing, const struct quality *quality)
{
	const struct plan_scoring *rules = &scoring->facts->plan->scoring;
	struct score_point point = score_point_of(scoring, obligation, SCORE_REPORTS);

	point.rule = timing->time == SCORE_LATE      ? "reports.late"
	             : timing->time == SCORE_MISSING ? "reports.missing"
	                                             : "reports.on_time";
	take_away(scoring, &point, 1,
	          timing->time == SCORE_ON_TIME ? 0 : rules->times[timing->time],
	          score_say(scoring, "%s。%s", came(scoring, obligation, timing),
	                    timing->why));
	if (quality->returned > 0) {
		point.rule = "reports.returned";
		take_away(scoring, &point, quality->returned, rules->grades[SCORE_MENDED],
		          score_say(scoring, "%s退回%u次。%s",
		                    score_subject(scoring, obligation), quality->returned,
		                    quality->why));
	}
	if (quality->corrected > 0) {
		point.rule = "reports.corrected";
		take_away(scoring, &point, quality->corrected,
		          rules->grades[SCORE_CORRECTED],
		          score_say(scoring, "%s通过或者封表以后更正%u次。%s",
		                    score_subject(scoring, obligation),
		                    quality->corrected, quality->why));
	}
	if (obligation->number[0] != '\0' && obligation->explained > 0 &&
	    rules->grades[SCORE_EXPLAINED] > 0) {
		point.rule = "reports.explained";
		take_away(scoring, &point, 1, rules->grades[SCORE_EXPLAINED],
		          score_say(scoring, "%s有%u项数据作了说明。",
		                    score_subject(scoring, obligation),
		                    obligation->explained));
	}
}

static void take_away(struct scoring *scoring, struct score_point *point, unsigned times,
                      int64_t each, const char *why)
{
	char text[24];

	point->points = -(int64_t)times * each;
	points_print(-point->points, text);
	point->sentence = point->points < 0 ? score_say(scoring, "%s扣%s分。", why, text)
	                                    : score_say(scoring, "%s不扣分。", why);
	score_add(scoring, point);
}

/* "…月报2022年10月8日16:42收到，时限2022年10月8日17:30，按时". */
static const char *came(struct scoring *scoring,
                        const struct score_obligation *obligation,
                        const struct score_timing *timing)
{
	const char *subject = score_subject(scoring, obligation);
	const char *word = time_words[timing->time];

	if (obligation->number[0] == '\0')
		return score_say(scoring, "%s到封表（%s）没有收到，%s", subject,
		                 score_instant(scoring, timing->lock), word);
	if (timing->waived)
		return score_say(scoring, "%s%s收到，时限%s，迟报经申辩不计，视为%s",
		                 subject, score_instant(scoring, obligation->received_at),
		                 score_instant(scoring, timing->due), word);
	return score_say(scoring, "%s%s收到，时限%s，%s%s", subject,
	                 score_instant(scoring, obligation->received_at),
	                 score_instant(scoring, timing->due),
	                 timing->time == SCORE_MISSING ? "封表以后补报，" : "", word);
}

static const char *became(struct scoring *scoring, const struct quality *quality)
{
	switch (quality->grade) {
	case SCORE_CLEAN:
		return "没有退回，通过以后没有更正";
	case SCORE_EXPLAINED:
		return "没有退回和更正，核实性审核作了说明";
	case SCORE_CORRECTED:
		return score_say(scoring, "通过或者封表以后更正%u次", quality->corrected);
	case SCORE_MENDED:
		return score_say(scoring, "退回%u次，都在时限以内", quality->returned);
	default:
		return score_say(scoring, "退回%u次，没有按时重报", quality->returned);
	}
}
