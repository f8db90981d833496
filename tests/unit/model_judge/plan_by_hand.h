/*
 * A small plan that tests own: no file to read, every figure to be changed.
 *
 * Three units (芙蓉区, 雨花区, 浏阳市), two sections; 浏阳市 is not asked for the second.
 * Monthly from 2022-07; September 2022 falls due on Saturday 8 October 17:30 (a working
 * day) and is locked on Wednesday 12 October 17:30.
 */
#ifndef TESTS_UNIT_MODEL_JUDGE_PLAN_BY_HAND_H
#define TESTS_UNIT_MODEL_JUDGE_PLAN_BY_HAND_H

#include "model/plan.h"
#include "model/report.h"
#include "model/validate.h"

enum { FURONG, YUHUA, LIUYANG, UNITS };

/* Indicators of section "2", in order; the comment is unit, kind. */
enum {
	PLANNED,    /* 个, level */
	STARTED,    /* 个, cumulative, required */
	FINISHED,   /* 个, cumulative */
	ACCEPTED,   /* 个, cumulative */
	HOUSEHOLDS, /* 户, cumulative */
	INVESTED,   /* 万元, cumulative, two decimals */
	THIS_YEAR,  /* 万元, cumulative, yearly */
	LEFT_OVER,  /* 户, falling */
	AREA,       /* 平方公里, cumulative, three decimals */
	LAND,       /* 亩, cumulative, two decimals */
	RATE,       /* %, share: computed */
	INDICATORS,
};

struct plan_by_hand {
	struct arena arena;
	struct plan plan;
	struct plan_unit units[UNITS];
	struct plan_department departments[3];
	struct plan_section sections[2];
	struct plan_indicator renewal[1], indicators[INDICATORS];
	struct plan_target target;
	struct plan_allocation allocations[UNITS];
	struct plan_clause clause;
	struct plan_step steps[2];
	bool all[UNITS], some[UNITS];
};

/* A plan without rules. @ret is large: static or on the heap. */
void plan_by_hand(struct plan_by_hand *ret);
void plan_by_hand_finish(struct plan_by_hand *by_hand);
/* Give section "2" these rules. Borrowed. */
void plan_by_hand_rules(struct plan_by_hand *by_hand, const struct plan_rule *rules,
                        size_t count);

/* "58.90亿元", "约27.28万户" as a quantity; must be right. */
struct quantity q(const char *text);
/* A complete report of 雨花区 for section "2" and 2022-09, with these figures. */
struct report report_of(const struct figure *figures, size_t count);
/* An instant in the plan's time: "2022-10-08 17:30". */
int64_t at(const char *text);
day on(const char *text);

/* The n-th finding of a rule, from 0; NULL when there are fewer. */
const struct finding *found_by(const struct findings *findings, const char *rule,
                               size_t n);

#endif
