/*
 * A unit's score that tests own: one report of September 2022 for section "2", received
 * in time, and one target that is behind; every fact to be changed.
 */
#ifndef TESTS_UNIT_MODEL_JUDGE_SCORE_BY_HAND_H
#define TESTS_UNIT_MODEL_JUDGE_SCORE_BY_HAND_H

#include "model/score.h"

#include "plan_by_hand.h"

#define OBLIGATIONS_MAX 12

/* Made anew by score_setup(). */
extern struct plan_by_hand by_hand;
extern struct arena arena;
extern struct score_obligation obligations[OBLIGATIONS_MAX];
extern struct score_progress progress;
extern struct score_facts facts;
extern struct score score;

extern const struct plan_scoring points_scheme, eionet_scheme, deduction_scheme;

int score_setup(void **state);
int score_teardown(void **state);
#define SCORE_TEST(name) \
	cmocka_unit_test_setup_teardown(name, score_setup, score_teardown)

/* September 2022 of section 2: due on Saturday 8 October 17:30, locked on the 12th. */
struct score_obligation september(void);
/* @facts into @score; must be right. */
void judge(void);
struct bytes encoded(void);
/* The first point that this line of the formula gave; there must be one. */
const struct score_point *point_of(const char *rule);
void assert_says(const char *rule, const char *sentence);

#endif
