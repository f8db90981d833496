/*
 * duban score explain UNIT:
 *
 *	rate and rank
 *	part by part: each point, the line of the formula and the report behind it
 *	what was not counted, and why
 *	how often late, missing, wrong
 *	the formula
 *
 * A unit can add it up from its own receipts.
 */
#include <duban/v1/assessment.pb-c.h>
#include <jansson.h>

#include "client/admin/admin.h"
#include "client/admin/call.h"
#include "client/admin/output.h"
#include "client/admin/score.h"
#include "client/admin/text.h"

static void print_head(struct admin *admin, const Duban__V1__ExplainScoreResponse *score);
static void print_part(const struct admin *admin, const Duban__V1__ScoreRecord *record,
                       const Duban__V1__ScorePart *part);
static void print_point(const Duban__V1__ScorePoint *point);
static void print_uncounted(const Duban__V1__ScoreRecord *record);
static void print_counts(const Duban__V1__ScoreCounts *counts);
static int print_json(struct admin *admin, const Duban__V1__ExplainScoreResponse *score);
static json_t *points_json(const Duban__V1__ScoreRecord *record);

int score_explain(struct admin *admin, const char *const *args)
{
	Duban__V1__ExplainScoreRequest request = DUBAN__V1__EXPLAIN_SCORE_REQUEST__INIT;
	const Duban__V1__ExplainScoreResponse *score;
	ProtobufCMessage *message;
	struct score_wish wish = {0};
	int code = score_read_options(admin, &wish);

	if (code != ADMIN_OK)
		return code;
	request.unit = arena_strdup(&admin->arena, args[0]);
	if (request.unit == NULL)
		return admin_error(_("内存不足，无法输出"));
	request.plan = wish.plan;
	request.range = wish.range;
	request.known_at = wish.known_at;
	request.published = wish.published;
	request.ordinal = wish.ordinal;
	code = admin_call(admin, "Assessment/ExplainScore", &request.base,
	                  &duban__v1__explain_score_response__descriptor, &message);
	if (code != ADMIN_OK)
		return code;
	score = (const Duban__V1__ExplainScoreResponse *)message;
	if (score->record == NULL || score->record->counts == NULL)
		return admin_error(_("中心端给出的评分记录无法读取"));
	if (admin->json)
		return print_json(admin, score);
	print_head(admin, score);
	for (size_t i = 0; i < score->record->n_parts; i++)
		print_part(admin, score->record, score->record->parts[i]);
	print_uncounted(score->record);
	print_counts(score->record->counts);
	for (size_t i = 0; i < score->record->n_outages; i++)
		printf(_("中心端停运：%s 至 %s\n"),
		       text_instant(admin, score->record->outages[i]->from_at),
		       text_instant(admin, score->record->outages[i]->to_at));
	if (score->formula[0] != '\0')
		printf("\n%s\n", score->formula);
	return ADMIN_OK;
}

static void print_head(struct admin *admin, const Duban__V1__ExplainScoreResponse *score)
{
	const Duban__V1__ScoreRecord *record = score->record;

	printf(_("%s%s（%s）  %s 考核评分\n"), record->sample ? _("【示例数据】") : "",
	       score->unit_name, record->unit, record->range);
	if (record->rate[0] == '\0')
		printf("%s\n", _("没有应得的分，不评分、不排名。"));
	else
		printf(_("得分率 %s%%，在 %u 家评分的单位中列第 %u 名\n"), record->rate,
		       score->ranked, score->rank);
	if (score->ordinal != 0)
		printf(_("第 %u 次公布：%s，%s\n"), score->ordinal,
		       text_instant(admin, score->published_at), score->published_by);
	printf(_("按方案第 %u 版、日历 %s；所知截至 %s\n"), record->plan_version,
	       record->calendar, text_instant(admin, record->known_at));
}

static void print_part(const struct admin *admin, const Duban__V1__ScoreRecord *record,
                       const Duban__V1__ScorePart *part)
{
	if (part->percent[0] == '\0') {
		printf(_("\n%s（权重 %u%%）：没有应得的分，不进分母\n"),
		       score_part_name(admin, part), part->weight);
		return;
	}
	printf(_("\n%s（权重 %u%%）：得 %s 分，应得 %s 分，%s%%\n"),
	       score_part_name(admin, part), part->weight, part->points, part->possible,
	       part->percent);
	for (size_t i = 0; i < record->n_points; i++) {
		const Duban__V1__ScorePoint *point = record->points[i];

		if (point->counted && point->part == part->kind)
			print_point(point);
	}
}

/* "  ＋2  …得2分（满分4分）。［timeliness.late；回执 2022-09-430111-02-0007］" */
static void print_point(const Duban__V1__ScorePoint *point)
{
	printf(_("  %6s  %s［%s%s%s%s%s］\n"), point->points, point->sentence,
	       point->rule, point->clause[0] != '\0' ? "；" : "", point->clause,
	       point->number[0] != '\0' ? _("；回执 ") : "", point->number);
}

static void print_uncounted(const Duban__V1__ScoreRecord *record)
{
	bool any = false;

	for (size_t i = 0; i < record->n_points; i++) {
		if (record->points[i]->counted)
			continue;
		if (!any)
			printf("\n%s\n", _("不计分的"));
		any = true;
		printf("          %s\n", record->points[i]->sentence);
	}
}

static void print_counts(const Duban__V1__ScoreCounts *counts)
{
	printf(_("\n应报 %u 份：按时 %u，迟报 %u，漏报 %u；错报 %u 份（退回 %u 次，更正 "
	         "%u "
	         "次）\n"),
	       counts->asked, counts->on_time, counts->late, counts->missing,
	       counts->wrong, counts->returned, counts->corrected);
}

static int print_json(struct admin *admin, const Duban__V1__ExplainScoreResponse *score)
{
	const Duban__V1__ScoreRecord *record = score->record;
	json_t *object =
		json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:s}", "plan",
	                  record->plan, "plan_version", (int)record->plan_version,
	                  "calendar", record->calendar, "unit", record->unit, "unit_name",
	                  score->unit_name, "range", record->range, "known_at",
	                  text_instant(admin, record->known_at), "scheme", record->scheme,
	                  "sample", (int)record->sample, "rate", record->rate);
	json_t *rest =
		json_pack("{s:i, s:i, s:i, s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "rank",
	                  (int)score->rank, "ranked", (int)score->ranked, "ordinal",
	                  (int)score->ordinal, "published_at",
	                  text_instant(admin, score->published_at), "published_by",
	                  score->published_by, "formula", score->formula, "parts",
	                  score_parts_json(admin, record->parts, record->n_parts),
	                  "counts", score_counts_json(record->counts), "points",
	                  points_json(record), "outages",
	                  score_outages_json(admin, record->outages, record->n_outages));

	if (object != NULL && rest != NULL)
		(void)json_object_update(object, rest);
	json_decref(rest);
	return output_json(object);
}

static json_t *points_json(const Duban__V1__ScoreRecord *record)
{
	static const char *const parts[] = {"", "completion", "timeliness", "quality",
	                                    "reports"};
	json_t *points = json_array();

	for (size_t i = 0; i < record->n_points; i++) {
		const Duban__V1__ScorePoint *one = record->points[i];

		(void)json_array_append_new(
			points,
			json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:s, s:s, "
		                  "s:s}",
		                  "part", parts[(size_t)one->part < 5 ? one->part : 0],
		                  "rule", one->rule, "section", one->section, "target",
		                  one->target, "period", one->period, "number",
		                  one->number, "clause", one->clause, "counted",
		                  (int)one->counted, "points", one->points, "possible",
		                  one->possible, "sentence", one->sentence));
	}
	return points;
}
