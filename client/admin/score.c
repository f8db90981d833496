/*
 * duban score list, duban score publish:
 *
 *	title: what, as known when, or as published when by whom
 *	units in the plan's order: rate, rank, parts; late, missing and wrong apart
 *	outages of the centre
 *	the formula
 */
#include "client/admin/score.h"

#include <duban/v1/assessment.pb-c.h>
#include <jansson.h>
#include <string.h>

#include "base/check.h"
#include "client/admin/admin.h"
#include "client/admin/call.h"
#include "client/admin/lists.h"
#include "client/admin/output.h"
#include "client/admin/table.h"
#include "client/admin/text.h"
#include "model/score.h"

#define COLUMNS_MAX 11 /* of the table */

static struct {
	char *plan, *from, *to, *known_at, *csv;
	int published, ordinal;
} options;

/* clang-format off */
#define RANGE_OPTIONS \
	{"from", 'f', POPT_ARG_STRING, &options.from, 0, N_("从哪一期起，如 2022、2022-Q4、2022-09；不写是今年"), N_("报告期")}, \
	{"to", 't', POPT_ARG_STRING, &options.to, 0, N_("到哪一期止，写法同 --from；不写只看一期"), N_("报告期")}, \
	{"known-at", 0, POPT_ARG_STRING, &options.known_at, 0, N_("按某一时点当时所知的评分，如 2022-10-08 或 \"2022-10-08 17:30\""), N_("时间")}, \
	{"plan", 0, POPT_ARG_STRING, &options.plan, 0, N_("哪个方案，只有一个时不用写"), N_("方案")}
#define PUBLISHED_OPTIONS \
	{"published", 0, POPT_ARG_NONE, &options.published, 0, N_("看公布时的评分，不重新计算"), NULL}, \
	{"ordinal", 0, POPT_ARG_INT, &options.ordinal, 0, N_("看第几次公布的，与 --published 一起用；不写是最近一次"), N_("次数")}
const struct poptOption score_options[] = {
	RANGE_OPTIONS,
	PUBLISHED_OPTIONS,
	{"csv", 0, POPT_ARG_STRING, &options.csv, 0, N_("另存为电子表格能打开的 CSV 文件"), N_("文件")},
	POPT_TABLEEND};
const struct poptOption score_explain_options[] = {
	RANGE_OPTIONS,
	PUBLISHED_OPTIONS,
	POPT_TABLEEND};
const struct poptOption score_publish_options[] = {
	RANGE_OPTIONS,
	POPT_TABLEEND};
/* clang-format on */

static void print_title(struct admin *admin, const Duban__V1__GetScoresResponse *scores);
static int print_rows(struct admin *admin, const Duban__V1__GetScoresResponse *scores);
static bool has_joint_part(const Duban__V1__GetScoresResponse *scores);
static void add_row(struct admin *admin, struct table *table,
                    const Duban__V1__ScoreRow *row, bool apart);
static const char *part_text(struct admin *admin, const Duban__V1__ScoreRow *row,
                             Duban__V1__ScorePartKind kind);
static const char *remark(struct admin *admin, const Duban__V1__ScoreCounts *counts);
static const char *add(struct admin *admin, const char *text, const char *one);
static void print_outages(struct admin *admin,
                          const Duban__V1__GetScoresResponse *scores);
static int print_json(struct admin *admin, const Duban__V1__GetScoresResponse *scores);
static json_t *rows_json(const struct admin *admin,
                         const Duban__V1__GetScoresResponse *scores);

int score_list(struct admin *admin, const char *const *args)
{
	Duban__V1__GetScoresRequest request = DUBAN__V1__GET_SCORES_REQUEST__INIT;
	const Duban__V1__GetScoresResponse *scores;
	ProtobufCMessage *message;
	struct score_wish wish = {0};
	int code = score_read_options(admin, &wish);

	(void)args;
	if (code == ADMIN_OK)
		code = lists_begin(admin, NULL, options.csv);
	if (code != ADMIN_OK)
		return code;
	request.plan = wish.plan;
	request.range = wish.range;
	request.known_at = wish.known_at;
	request.published = wish.published;
	request.ordinal = wish.ordinal;
	code = admin_call(admin, "Assessment/GetScores", &request.base,
	                  &duban__v1__get_scores_response__descriptor, &message);
	if (code != ADMIN_OK)
		return code;
	scores = (const Duban__V1__GetScoresResponse *)message;
	if (admin->json)
		return print_json(admin, scores);
	print_title(admin, scores);
	code = print_rows(admin, scores);
	if (code != ADMIN_OK)
		return code;
	print_outages(admin, scores);
	printf("\n%s\n%s\n",
	       _("得分率只和本单位应得的分相比；“/”没有任务、没有应报的，不评分、不排名；"
	         "并列的同一名次。错报：退回的，或者审核通过以后更正的。"),
	       scores->formula);
	return ADMIN_OK;
}

int score_read_options(struct admin *admin, struct score_wish *ret_wish)
{
	static char none[] = "";
	const char *from = options.from, *to = options.to;
	struct score_wish wish = {.plan = options.plan != NULL ? options.plan : none,
	                          .range = none,
	                          .published = options.published};
	struct score_range range;

	if (to != NULL && from == NULL) {
		(void)admin_error(_("写了 --to，也要写 --from"));
		return ADMIN_USAGE;
	}
	if (from != NULL)
		wish.range = arena_printf(&admin->arena, "%s%s%s", from,
		                          to != NULL ? ".." : "", to != NULL ? to : "");
	if (wish.range == NULL)
		return admin_error(_("内存不足，无法输出"));
	if (from != NULL && score_range_parse(wish.range, &range) < 0) {
		(void)admin_error(_("考核范围 %s 不对：起止应当写成 2022、2022-Q4 或者 "
		                    "2022-09，两个写法相同，起在前、止在后"),
		                  wish.range);
		return ADMIN_USAGE;
	}
	if (options.ordinal < 0 || (options.ordinal > 0 && options.published == 0)) {
		(void)admin_error(
			_("--ordinal 应当是1以上的整数，与 --published 一起用"));
		return ADMIN_USAGE;
	}
	if (options.published != 0 && options.known_at != NULL) {
		(void)admin_error(_("--published 和 --known-at 只能写一个"));
		return ADMIN_USAGE;
	}
	wish.ordinal = (uint32_t)options.ordinal;
	*ret_wish = wish;
	return text_known_at(options.known_at, &ret_wish->known_at);
}

static void print_title(struct admin *admin, const Duban__V1__GetScoresResponse *scores)
{
	printf(_("%s%s 考核评分  %s  第 %u 版\n"),
	       scores->sample ? _("【示例数据】") : "", scores->range, scores->plan,
	       scores->plan_version);
	if (scores->ordinal != 0)
		printf(_("第 %u 次公布：%s，%s；所知截至 %s\n\n"), scores->ordinal,
		       text_instant(admin, scores->published_at), scores->published_by,
		       text_instant(admin, scores->known_at));
	else
		printf(_("未公布的即时计算；所知截至 %s\n\n"),
		       text_instant(admin, scores->known_at));
}

/* Schemes differ in their parts. */
static int print_rows(struct admin *admin, const Duban__V1__GetScoresResponse *scores)
{
	static const struct table_column columns[] = {
		{"name", N_("单位"), TABLE_LEFT},
		{"rate", N_("得分率"), TABLE_RIGHT},
		{"rank", N_("名次"), TABLE_RIGHT},
		{"completion", N_("完成"), TABLE_RIGHT},
		{"timeliness", N_("及时"), TABLE_RIGHT},
		{"quality", N_("质量"), TABLE_RIGHT},
		{"on_time", N_("按时"), TABLE_COUNT},
		{"late", N_("迟报"), TABLE_COUNT},
		{"missing", N_("漏报"), TABLE_COUNT},
		{"wrong", N_("错报"), TABLE_COUNT},
		{"remark", N_("备注"), TABLE_LEFT},
	};
	static const struct table_column joint[] = {
		{"name", N_("单位"), TABLE_LEFT},
		{"rate", N_("得分率"), TABLE_RIGHT},
		{"rank", N_("名次"), TABLE_RIGHT},
		{"completion", N_("完成"), TABLE_RIGHT},
		{"reports", N_("报送"), TABLE_RIGHT},
		{"on_time", N_("按时"), TABLE_COUNT},
		{"late", N_("迟报"), TABLE_COUNT},
		{"missing", N_("漏报"), TABLE_COUNT},
		{"wrong", N_("错报"), TABLE_COUNT},
		{"remark", N_("备注"), TABLE_LEFT},
	};
	bool apart = !has_joint_part(scores);
	struct table *table = apart ? table_create(admin, columns, ARRAY_LEN(columns))
	                            : table_create(admin, joint, ARRAY_LEN(joint));

	int code = table_save_csv(table, options.csv);

	for (size_t i = 0; i < scores->n_rows; i++)
		add_row(admin, table, scores->rows[i], apart);
	if (code == ADMIN_OK)
		return table_print(table);
	table_destroy(table);
	return code;
}

static bool has_joint_part(const Duban__V1__GetScoresResponse *scores)
{
	const Duban__V1__ScoreRow *row = scores->n_rows > 0 ? scores->rows[0] : NULL;

	for (size_t i = 0; row != NULL && i < row->n_parts; i++) {
		if (row->parts[i]->kind ==
		    DUBAN__V1__SCORE_PART_KIND__SCORE_PART_KIND_REPORTS)
			return true;
	}
	return false;
}

static void add_row(struct admin *admin, struct table *table,
                    const Duban__V1__ScoreRow *row, bool apart)
{
	static const Duban__V1__ScorePartKind kinds[2][3] = {
		{DUBAN__V1__SCORE_PART_KIND__SCORE_PART_KIND_COMPLETION,
	         DUBAN__V1__SCORE_PART_KIND__SCORE_PART_KIND_REPORTS},
		{DUBAN__V1__SCORE_PART_KIND__SCORE_PART_KIND_COMPLETION,
	         DUBAN__V1__SCORE_PART_KIND__SCORE_PART_KIND_TIMELINESS,
	         DUBAN__V1__SCORE_PART_KIND__SCORE_PART_KIND_QUALITY}};
	const Duban__V1__ScoreCounts *counts = row->counts;
	const char *cells[COLUMNS_MAX];
	size_t n = 0;

	cells[n++] = row->name;
	cells[n++] = row->rate[0] != '\0' ? arena_printf(&admin->arena, "%s%%", row->rate)
	                                  : "/";
	cells[n++] = row->rank > 0 ? text_number(admin, row->rank) : "/";
	for (size_t i = 0; i < (apart ? 3 : 2); i++)
		cells[n++] = part_text(admin, row, kinds[apart][i]);
	cells[n++] = text_number(admin, counts->on_time);
	cells[n++] = text_number(admin, counts->late);
	cells[n++] = text_number(admin, counts->missing);
	cells[n++] = text_number(admin, counts->wrong);
	cells[n++] = remark(admin, counts);
	table_cells(table, cells, n);
}

/* "9.1/10": points of the unit's own possible ones; "/" when it has nothing there. */
static const char *part_text(struct admin *admin, const Duban__V1__ScoreRow *row,
                             Duban__V1__ScorePartKind kind)
{
	for (size_t i = 0; i < row->n_parts; i++) {
		const Duban__V1__ScorePart *part = row->parts[i];

		if (part->kind == kind)
			return part->percent[0] != '\0'
			               ? arena_printf(&admin->arena, "%s/%s",
			                              part->points, part->possible)
			               : "/";
	}
	return "";
}

static const char *remark(struct admin *admin, const Duban__V1__ScoreCounts *counts)
{
	struct arena *arena = &admin->arena;
	const char *text = "";

	if (counts->waived > 0)
		text = add(admin, text,
		           arena_printf(arena, _("申辩成立%u次"), counts->waived));
	if (counts->deducted > 0)
		text = add(admin, text,
		           arena_printf(arena, _("停运或改版扣除%u次"),
		                        counts->deducted));
	if (counts->excused > 0)
		text = add(admin, text,
		           arena_printf(arena, _("无法报送不计%u份"), counts->excused));
	if (counts->waiting > 0)
		text = add(admin, text,
		           arena_printf(arena, _("逾期未封表%u份"), counts->waiting));
	return text;
}

/* What there is no memory for is left out: the table says so when it is printed. */
static const char *add(struct admin *admin, const char *text, const char *one)
{
	const char *both = one == NULL
	                           ? NULL
	                           : arena_printf(&admin->arena, "%s%s%s", text,
	                                          text[0] != '\0' ? _("；") : "", one);

	return both != NULL ? both : text;
}

static void print_outages(struct admin *admin, const Duban__V1__GetScoresResponse *scores)
{
	for (size_t i = 0; i < scores->n_outages; i++)
		printf(_("%s中心端停运：%s 至 %s\n"), i == 0 ? "\n" : "",
		       text_instant(admin, scores->outages[i]->from_at),
		       text_instant(admin, scores->outages[i]->to_at));
}

const char *score_part_name(const struct admin *admin, const Duban__V1__ScorePart *part)
{
	static const char *const words[][2] = {{"", ""},
	                                       {N_("完成"), "completion"},
	                                       {N_("及时"), "timeliness"},
	                                       {N_("质量"), "quality"},
	                                       {N_("报送"), "reports"}};

	if ((size_t)part->kind >= ARRAY_LEN(words))
		return "";
	return admin->json ? words[part->kind][1] : _(words[part->kind][0]);
}

static int print_json(struct admin *admin, const Duban__V1__GetScoresResponse *scores)
{
	return output_json(json_pack(
		"{s:s, s:i, s:s, s:s, s:s, s:b, s:i, s:s, s:s, s:o, s:o}", "plan",
		scores->plan, "plan_version", (int)scores->plan_version, "range",
		scores->range, "known_at", text_instant(admin, scores->known_at),
		"formula", scores->formula, "sample", (int)scores->sample, "ordinal",
		(int)scores->ordinal, "published_at",
		text_instant(admin, scores->published_at), "published_by",
		scores->published_by, "rows", rows_json(admin, scores), "outages",
		score_outages_json(admin, scores->outages, scores->n_outages)));
}

static json_t *rows_json(const struct admin *admin,
                         const Duban__V1__GetScoresResponse *scores)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < scores->n_rows; i++) {
		const Duban__V1__ScoreRow *row = scores->rows[i];

		(void)json_array_append_new(
			rows, json_pack("{s:s, s:s, s:s, s:i, s:o, s:o}", "unit",
		                        row->unit, "name", row->name, "rate", row->rate,
		                        "rank", (int)row->rank, "parts",
		                        score_parts_json(admin, row->parts, row->n_parts),
		                        "counts", score_counts_json(row->counts)));
	}
	return rows;
}

json_t *score_parts_json(const struct admin *admin, Duban__V1__ScorePart *const *parts,
                         size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		(void)json_array_append_new(
			array, json_pack("{s:s, s:i, s:s, s:s, s:s}", "part",
		                         score_part_name(admin, parts[i]), "weight",
		                         (int)parts[i]->weight, "points",
		                         parts[i]->points, "possible", parts[i]->possible,
		                         "percent", parts[i]->percent));
	return array;
}

json_t *score_counts_json(const Duban__V1__ScoreCounts *counts)
{
	return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i}",
	                 "asked", (int)counts->asked, "on_time", (int)counts->on_time,
	                 "late", (int)counts->late, "missing", (int)counts->missing,
	                 "wrong", (int)counts->wrong, "returned", (int)counts->returned,
	                 "corrected", (int)counts->corrected, "waived",
	                 (int)counts->waived, "deducted", (int)counts->deducted,
	                 "excused", (int)counts->excused, "waiting",
	                 (int)counts->waiting);
}

json_t *score_outages_json(struct admin *admin, Duban__V1__Outage *const *outages,
                           size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		(void)json_array_append_new(
			array,
			json_pack("{s:s, s:s}", "from_at",
		                  text_instant(admin, outages[i]->from_at), "to_at",
		                  text_instant(admin, outages[i]->to_at)));
	return array;
}

int score_publish(struct admin *admin, const char *const *args)
{
	Duban__V1__PublishScoresRequest request = DUBAN__V1__PUBLISH_SCORES_REQUEST__INIT;
	const Duban__V1__PublishScoresResponse *answer;
	ProtobufCMessage *message;
	struct score_wish wish = {0};
	int code = score_read_options(admin, &wish);

	(void)args;
	if (code != ADMIN_OK)
		return code;
	request.plan = wish.plan;
	request.range = wish.range;
	request.known_at = wish.known_at;
	code = admin_call(admin, "Assessment/PublishScores", &request.base,
	                  &duban__v1__publish_scores_response__descriptor, &message);
	if (code != ADMIN_OK)
		return code;
	answer = (const Duban__V1__PublishScoresResponse *)message;
	if (admin->json)
		return output_json(json_pack("{s:s, s:i, s:s, s:i}", "range",
		                             answer->range, "ordinal",
		                             (int)answer->ordinal, "published_at",
		                             text_instant(admin, answer->published_at),
		                             "units", (int)answer->units));
	printf(_("已公布 %s 的考核评分（第 %u 次，%u 家单位，%s）。\n"
	         "公布的评分不再改动；对评分有异议的，可以对“score:%s”提出申辩。\n"),
	       answer->range, answer->ordinal, answer->units,
	       text_instant(admin, answer->published_at), answer->range);
	return ADMIN_OK;
}
