/*
 * What the files that read a plan share: where they are, and how they take values
 * from a tree. Each noun of the plan has its own plan_<noun>.c.
 *
 * Reading never stops at a problem: a value that cannot be read is noted and left
 * zero, so that one run names every mistake. Memory that runs out is remembered in
 * the reader; from then on arrays are empty, and plan_read() gives E_NOMEM.
 */
#ifndef DUBAN_MODEL_PLAN_INTERNAL_H
#define DUBAN_MODEL_PLAN_INTERNAL_H

#include "model/plan.h"

#define PLAN_UNITS_MAX       5000
#define PLAN_SECTIONS_MAX    30
#define PLAN_OFFICES_MAX     50
#define PLAN_CLAUSES_MAX     200 /* in one file; so are those below */
#define PLAN_INDICATORS_MAX  200
#define PLAN_TARGETS_MAX     50
#define PLAN_BASELINES_MAX   50
#define PLAN_RULES_MAX       200
#define PLAN_READINGS_MAX    20 /* of one target */
#define PLAN_POINTS_MAX      120
#define PLAN_ADJUSTMENTS_MAX 400 /* of one target */
#define PLAN_STEPS_MAX       20
#define PLAN_PEOPLE_MAX      2000
#define PLAN_OPENINGS_MAX    50 /* indicators of a section */
#define PLAN_PARTIES_MAX     100
#define PLAN_ABSENCES_MAX    50   /* of one person */
#define PLAN_CHAIN_MAX       2    /* comparisons in one rule: a <= b <= c */
#define PLAN_TEXT_MAX        4000 /* bytes of one text */
#define PLAN_WORTH_MAX       1000 /* points of an assessment, for one thing */

/* What is still being filled of a section; the section itself sees it const. */
struct plan_part {
	struct plan_indicator *indicators;
	struct plan_target *targets;
	bool broken; /* its file could not be read; nothing is said about what refers to
	                it */
};

struct plan_reader {
	struct arena *arena;
	struct yaml_problems *problems, *warnings;
	/* The arrays of the plan while they are being filled; the plan sees them const.
	 */
	struct plan *plan;
	struct plan_clause *clauses; /* with room for those of all files */
	struct plan_section *sections;
	struct plan_part *parts; /* one a section */
	bool sample;             /* the file being read belongs to the sample overlay */
	bool out_of_memory;
};

/* @count zeroed items; NULL, and remembered, when there is no memory. */
void *plan_new_array(struct plan_reader *reader, size_t count, size_t size);

/* --- plan_node.c: values of a map, noted in Chinese when they are not right --- */

/* A key that a map may have; the label is what people at a bureau call it. */
struct plan_key {
	const char *key, *label;
};

/* Note everything in @map that is not among @keys (ended by a NULL key), or that
 * @map is none. False: it is no map. */
bool node_check(struct plan_reader *reader, struct yaml_node *map,
                const struct plan_key *keys);
void node_missing(struct plan_reader *reader, const struct yaml_node *map,
                  const char *key, const char *example);
/* Text; node_text() gives "" and notes its absence, node_text_or() gives @otherwise. */
const char *node_text(struct plan_reader *reader, struct yaml_node *map, const char *key,
                      const char *example);
const char *node_text_or(struct plan_reader *reader, struct yaml_node *map,
                         const char *key, const char *otherwise);
/* Lower-case letters, digits, - and _; "" when it was noted. */
const char *node_id(struct plan_reader *reader, struct yaml_node *map, const char *key,
                    const char *example);
bool node_bool(struct plan_reader *reader, struct yaml_node *map, const char *key,
               bool otherwise);
long node_integer(struct plan_reader *reader, struct yaml_node *map, const char *key,
                  long min, long max, long otherwise);
/* DAY_NONE when absent, or noted. */
day node_day(struct plan_reader *reader, struct yaml_node *map, const char *key);
/* "17:30" as minutes; @otherwise when absent. */
unsigned node_minute(struct plan_reader *reader, struct yaml_node *map, const char *key,
                     unsigned otherwise);
/* The text of @node, "33.1" or "33.1%", in tenths. False: it was noted. */
bool node_tenths(struct plan_reader *reader, const struct yaml_node *node,
                 int64_t *ret_tenths);
/* @map's value under @key, "0.25", in hundredths: at most 1000, two decimals. Absent:
 * @otherwise, or noted when that is negative. */
int64_t node_points(struct plan_reader *reader, struct yaml_node *map, const char *key,
                    int64_t otherwise);
/* A list of at most @max items; NULL when absent (noted if @needed) or empty. */
struct yaml_node *node_list(struct plan_reader *reader, struct yaml_node *map,
                            const char *key, size_t max, bool needed);
/* The index of the text in @words (NULL-ended), or @otherwise. */
size_t node_choice(struct plan_reader *reader, struct yaml_node *map, const char *key,
                   const char *const *words, size_t otherwise);
/* The place of @map's value under @key, or of @map. */
struct yaml_place node_place(struct yaml_node *map, const char *key);

/* Whether @id is not that of one of @items, each of which begins with its id as a
 * const char pointer; noted at @place if it is. */
bool plan_check_new(struct plan_reader *reader, const void *items, size_t count,
                    size_t size, const char *id, struct yaml_place place);

/* --- plan_value.c --- */

/* Read "约27.28万户", "80多处", "1133.7亿元" at @node. False: it was noted. */
bool plan_value_read(struct plan_reader *reader, const struct yaml_node *node,
                     struct quantity *ret_value);
/* value = base * share, rounded up to a whole number of the base's unit, once. */
bool plan_share_of(const struct quantity *base, int64_t share_tenths,
                   struct quantity *ret_value);

/* --- one for each kind of file, and for each noun of a section --- */

void plan_read_document(struct plan_reader *reader, struct yaml_node *root);
void plan_read_units(struct plan_reader *reader, struct yaml_node *root);
void plan_read_schedule(struct plan_reader *reader, struct yaml_node *root);
void plan_read_scoring(struct plan_reader *reader, struct yaml_node *root);
/* people.yaml; needs the sections. */
void plan_read_people(struct plan_reader *reader, struct yaml_node *root);
/* The list of units and offices under "supporting" in @map, if there is one. */
void plan_read_parties(struct plan_reader *reader, struct yaml_node *map,
                       const struct plan_party **ret_parties, size_t *ret_count);
void plan_read_overlay(struct plan_reader *reader, struct yaml_node *root);
void plan_read_section(struct plan_reader *reader, struct plan_section *section,
                       struct yaml_node *root);
void plan_read_indicators(struct plan_reader *reader, struct plan_section *section,
                          struct yaml_node *root);
/* Who checks it, when @node says so. */
void plan_read_checker(struct plan_reader *reader, struct yaml_node *node,
                       struct plan_indicator *indicator);
void plan_read_targets(struct plan_reader *reader, struct plan_section *section,
                       struct yaml_node *root);
void plan_read_rules(struct plan_reader *reader, struct plan_section *section,
                     struct yaml_node *root);
/* Add what "a + b - 2 c <= 100个" says to @section's @rules, with all else as in
 * @common: one rule, or PLAN_CHAIN_MAX for "a <= b <= c". What is wrong is noted at
 * @node, and nothing is added. */
void plan_read_comparison(struct plan_reader *reader, struct plan_section *section,
                          const struct yaml_node *node, const struct plan_rule *common,
                          struct plan_rule *rules);
void plan_read_tasks(struct plan_reader *reader, struct yaml_node *root);
void plan_read_curve(struct plan_reader *reader, struct plan_target *target,
                     struct yaml_node *node);
void plan_read_allocations(struct plan_reader *reader, struct plan_target *target,
                           struct yaml_node *node);
/* "300个", "无任务" or {value: 300个, deadline: 2024-12-31} into @part, whose unit is set
 * (NULL: the whole city's); no date may be later than @latest, DAY_NONE: none may be
 * given. False: it was noted. */
bool plan_read_part(struct plan_reader *reader, const struct plan_target *target,
                    struct yaml_node *node, day latest, struct plan_allocation *part);
/* 期初数; needs the indicators. */
void plan_read_openings(struct plan_reader *reader, struct plan_section *section,
                        struct yaml_node *list);
/* The order of openings in a section: by indicator, then unit. For qsort, bsearch. */
int plan_compare_openings(const void *a, const void *b);
/* 任务调整; needs the allocations. */
void plan_read_adjustments(struct plan_reader *reader, struct plan_target *target,
                           struct yaml_node *list);
/* The readings of a target in the document, and what the bureau chose. */
void plan_read_readings(struct plan_reader *reader, struct plan_target *target,
                        struct yaml_node *node);
void plan_read_choices(struct plan_reader *reader, struct plan_target *target,
                       struct yaml_node *node);
/* Checks of a target that hold wherever its parts were given; noted at @place. */
void plan_check_measure(struct plan_reader *reader, const struct plan_target *target,
                        struct yaml_place place);
void plan_check_dates(struct plan_reader *reader, const struct plan_target *target,
                      struct yaml_place place);
/* Who accepts what it asks for, when @node says so. */
void plan_read_acceptance(struct plan_reader *reader, struct yaml_node *node,
                          struct plan_target *target);
/* Append the clauses of a file to the plan's. */
void plan_read_clauses(struct plan_reader *reader, struct yaml_node *root);
/* The clause named in @map, NULL when it is not there (noted). */
const struct plan_clause *plan_need_clause(struct plan_reader *reader,
                                           struct yaml_node *map);
/* The indicator named by the text @node, NULL when the section has none (noted). */
const struct plan_indicator *plan_need_indicator(struct plan_reader *reader,
                                                 const struct plan_section *section,
                                                 const struct yaml_node *node);
/* The unit named by @node's text or key, NULL when there is none (noted). */
const struct plan_unit *plan_need_unit(struct plan_reader *reader, const char *name,
                                       struct yaml_place place);
const struct plan_department *
plan_need_department(struct plan_reader *reader, struct yaml_node *map, const char *key);

/* Checks over the whole plan, when all files are read. */
void plan_lint(struct plan_reader *reader);

#endif
