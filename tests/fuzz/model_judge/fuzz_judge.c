/*
 * Any figures, in any history, under every kind of rule: judged without a crash, the
 * same to the byte when judged again, and in words that can be shown. So are the lights
 * and the city's sums that follow from them.
 *
 *	byte: severities  ->  each report (newest first): period step, then each
 *indicator: present and unit, scale, eight bytes of digits
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/err.h"
#include "base/utf8.h"
#include "model/city.h"
#include "model/light.h"
#include "model/validate.h"

#include "../../unit/model_judge/plan_by_hand.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REPORTS_MAX 6
#define RULES       10

struct input {
	const uint8_t *data;
	size_t left;
};

struct drawn {
	struct figure figures[REPORTS_MAX][INDICATORS];
	size_t counts[REPORTS_MAX];
	struct period periods[REPORTS_MAX];
	size_t reports;
};

static struct plan_by_hand by_hand;
static struct plan_rule rules[RULES];
static struct plan_term started, planned, households, task;

static uint8_t take(struct input *input)
{
	if (input->left == 0)
		return 0;
	input->left--;
	return *input->data++;
}

static void make_plan(void)
{
	static const enum rule_kind kinds[RULES] = {RULE_COMPARE, RULE_COMPARE,
	                                            RULE_COMPARE, RULE_NEVER_FALLS,
	                                            RULE_JUMP,    RULE_STALL,
	                                            RULE_BEHIND,  RULE_HOCKEY_STICK,
	                                            RULE_COMPARE, RULE_NO_CHANGE};
	static bool made;

	if (made)
		return;
	made = true;
	plan_by_hand(&by_hand);
	by_hand.plan.lights.memory = true;
	started = (struct plan_term){.coefficient = 1500,
	                             .indicator = &by_hand.indicators[STARTED]};
	planned = (struct plan_term){.coefficient = -1,
	                             .indicator = &by_hand.indicators[PLANNED]};
	households = (struct plan_term){.coefficient = 1,
	                                .indicator = &by_hand.indicators[HOUSEHOLDS]};
	task = (struct plan_term){.coefficient = 11, .target = &by_hand.target};
	for (size_t i = 0; i < RULES; i++) {
		rules[i] = (struct plan_rule){
			.id = "R-2-01",
			.kind = kinds[i],
			.left = i == 0 ? &households : &started,
			.right = i == 2   ? &task
		                 : i == 1 ? &planned
		                          : &started,
			.left_count = 1,
			.right_count = 1,
			.op = (enum rule_operator)(i % 5),
			.missing = (enum rule_missing)(i % 3),
			.indicator = &by_hand.indicators[INVESTED],
			.target = &by_hand.target,
			.factor = 30,
			.periods = 2,
			.text = "规则",
			.causes = "",
			.basis = "填报说明",
		};
	}
	rules[8].scope = SCOPE_CITY;
	plan_by_hand_rules(&by_hand, rules, RULES);
}

static void draw_figure(struct input *input, struct drawn *drawn, size_t report,
                        size_t indicator)
{
	static const char *const units[] = {"个", "户",       "万户", "万元", "亿元",
	                                    "亩", "平方公里", "%",    "元",   "公里"};
	uint8_t what = take(input);
	struct figure *figure = &drawn->figures[report][drawn->counts[report]];
	uint64_t digits = 0;

	if (what % 4 == 0)
		return;
	*figure = (struct figure){.indicator = by_hand.indicators[indicator].id,
	                          .reason = what % 4 == 3 ? "情况属实" : ""};
	figure->value.unit = by_hand.indicators[indicator].unit;
	if (what % 4 == 2)
		figure->value.unit = unit_find(units[what / 4 % ARRAY_LEN(units)]);
	figure->value.scale = take(input);
	for (size_t i = 0; i < 8; i++)
		digits = digits << 8 | take(input);
	memcpy(&figure->value.digits, &digits, sizeof(digits));
	drawn->counts[report]++;
}

static void draw(struct input *input, struct drawn *drawn)
{
	struct period period = {MONTHLY, 2022, 9};

	*drawn = (struct drawn){.reports = 0};
	while (drawn->reports < REPORTS_MAX && (drawn->reports == 0 || input->left > 0)) {
		size_t report = drawn->reports++;
		uint8_t step = take(input);

		if (report > 0) {
			int months =
				period.year * 12 + (int)period.number - 1 - 1 - step % 4;

			period.year = months / 12;
			period.number = (unsigned)(months % 12) + 1;
		}
		drawn->periods[report] = period;
		for (size_t i = 0; i < INDICATORS; i++)
			draw_figure(input, drawn, report, i);
	}
}

static void judge(struct arena *arena, const struct drawn *drawn,
                  struct findings *findings)
{
	struct report report = report_of(drawn->figures[0], drawn->counts[0]);
	struct history history = {.count = drawn->reports - 1};
	struct verdict verdict;
	int r;

	for (size_t i = 1; i < drawn->reports; i++) {
		history.reports[i - 1].period = drawn->periods[i];
		history.reports[i - 1].figures = drawn->figures[i];
		history.reports[i - 1].figure_count = drawn->counts[i];
	}
	findings_init(findings, arena);
	r = validate_report(&by_hand.plan, &report, &history, at("2022-10-08 16:42"),
	                    findings, &verdict);
	CHECK(r == 0 || r == E_REFUSED);
	CHECK((r == E_REFUSED) == (findings->refusals > 0));
}

static void check_again(const struct finding *a, const struct finding *b)
{
	for (; a != NULL && b != NULL; a = a->next, b = b->next) {
		CHECK(strcmp(a->rule, b->rule) == 0 && strcmp(a->field, b->field) == 0);
		CHECK(strcmp(a->found, b->found) == 0);
		CHECK(strcmp(a->allowed, b->allowed) == 0);
		CHECK(strcmp(a->text, b->text) == 0);
		CHECK(utf8_valid(bytes_of_str(a->text)));
		CHECK(a->severity == b->severity && a->answered == b->answered);
	}
	CHECK(a == NULL && b == NULL);
}

static struct bytes light(struct arena *arena, const struct drawn *drawn)
{
	const struct light_inputs inputs = {
		.plan = &by_hand.plan,
		.plan_version = 1,
		.unit = &by_hand.units[YUHUA],
		.target = &by_hand.target,
		.period = drawn->periods[0],
		.number = "1",
		.evidence = {.figures = drawn->figures[0],
	                     .figure_count = drawn->counts[0]},
		.before = (enum light)(drawn->reports % 4),
		.before_period = "2022-08",
	};
	struct light_record record;
	struct bytes bytes;

	CHECK(light_judge(arena, &inputs, &record) == 0);
	CHECK(light_encode(arena, &record, &bytes) == 0);
	return bytes;
}

static struct city_check city(struct arena *arena, const struct drawn *drawn)
{
	struct city_unit units[UNITS] = {{0}};
	struct city_check check;

	for (size_t i = 0; i < UNITS && i < drawn->reports; i++)
		units[i] = (struct city_unit){drawn->figures[i], drawn->counts[i]};
	CHECK(city_judge(arena, &by_hand.plan, &by_hand.sections[1], &rules[8],
	                 &(struct city_figures){units, DAY_NONE}, &check) == 0);
	CHECK(utf8_valid(bytes_of_str(check.text)));
	return check;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	struct findings first, again;
	struct arena one, other;
	struct drawn drawn;
	uint8_t severity;

	make_plan();
	severity = take(&input);
	for (size_t i = 0; i < RULES; i++)
		rules[i].severity = (enum severity)((severity + i) % 3 + 1);
	draw(&input, &drawn);
	arena_init(&one, 4 << 20);
	arena_init(&other, 4 << 20);
	judge(&one, &drawn, &first);
	judge(&other, &drawn, &again);
	check_again(first.first, again.first);
	CHECK(bytes_equal(light(&one, &drawn), light(&other, &drawn)));
	CHECK(strcmp(city(&one, &drawn).text, city(&other, &drawn).text) == 0);
	arena_finish(&one);
	arena_finish(&other);
	return 0;
}
