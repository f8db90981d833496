/*
 * A plan: what a bureau published, as data that both ends judge by.
 *
 * Read from a folder of files (plans/README.md is the manual for those who write
 * them), optionally with a sample overlay for what the document does not say.
 * Everything here lives in one arena, does not change after it was read, and is in
 * the document's own order. Programs know no section, district or number of any
 * plan.
 */
#ifndef DUBAN_MODEL_PLAN_H
#define DUBAN_MODEL_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/yaml.h"
#include "model/calendar.h"
#include "model/quantity.h"

#define PLAN_FILES_MAX     64
#define PLAN_FILE_SIZE_MAX (1024 * 1024)
#define PLAN_ID_MAX        64 /* bytes of an id: lower-case letters, digits, - and _ */
#define PLAN_TERMS_MAX     12 /* on one side of a comparison */
#define PLAN_MEMORY_MAX    (256u * 1024 * 1024)

/* Where in the document something stands, and how it is worded. */
struct plan_clause {
	const char *id;      /* "四、（二）2" */
	const char *wording; /* verbatim */
	struct yaml_place place;
};

/* A hedging word of the document and how the bureau reads it. */
struct plan_reading {
	const char *word;           /* "力取2024年前" */
	const char *strict, *loose; /* the two readings, as sentences */
	/* "strict" or "loose", by whom, when ("2022-07-15") and why; all four are ""
	 * while nobody has chosen. */
	const char *chosen;
	const char *chosen_by, *chosen_on, *why;
	bool sample; /* the choice comes from the sample overlay */
};

/* A code and a name that a unit no longer has. */
struct plan_former {
	const char *code, *name; /* "430124", "宁乡县"; name may be "" */
	const char *until;       /* "2017" or "2017-04-30" */
};

/* A reporting unit: a district's department. */
struct plan_unit {
	const char *code;           /* "430112" */
	const char *name;           /* as printed: "望城区" */
	const char *department;     /* full name of the department that answers for it */
	const char *const *aliases; /* other names, NULL-ended */
	size_t index;               /* in plan->units */
	const struct plan_former *former;
	size_t former_count;
};

/* A code, name or alias, and whose it is. */
struct plan_unit_name {
	const char *name;
	const struct plan_unit *unit;
};

/* An office of the bureau. */
struct plan_department {
	const char *id;   /* "gengxin"; its people are /department/gengxin/person/... */
	const char *name; /* "更新办" */
};

/* Who helps: one of the two. */
struct plan_party {
	const struct plan_unit *unit;
	const struct plan_department *department;
};

/* What somebody does for a unit (up to ROLE_UNITS) or an office; ROLE_CONTACT for both.
 */
enum plan_role {
	ROLE_CONTACT = 1, /* 联络员 */
	ROLE_FILLS,       /* 填报人 */
	ROLE_REVIEWS,     /* 审核人 */
	ROLE_APPROVES,    /* 负责人 */
	ROLE_LEADS_UNIT,  /* 分管领导 */
	ROLE_UNITS = ROLE_LEADS_UNIT,
	ROLE_HANDLES,  /* 经办人 */
	ROLE_HEAD,     /* 处室负责人 */
	ROLE_DEPUTY,   /* 分管局领导 */
	ROLE_DIRECTOR, /* 局长 */
	ROLES,         /* one more than the last */
};

struct plan_absence {
	day from, to; /* both included */
};

/* Who holds a role. Texts are "" when nobody wrote them. */
struct plan_person {
	const char *name;
	const struct plan_unit *unit;             /* or */
	const struct plan_department *department; /* one of the two */
	enum plan_role role;
	bool stands_in; /* B岗: acts while A岗 is away */
	const char *phone, *email;
	const char *identity; /* "district/430112/person/zhangsan": of the certificate */
	day from, to;         /* in office; DAY_NONE: since ever, until further notice */
	const struct plan_absence *away;
	size_t away_count;
	const bool *sections; /* one per section: answers for it; NULL: for all */
	bool sample;
	struct yaml_place place;
};

enum indicator_kind {
	INDICATOR_CUMULATIVE,
	INDICATOR_LEVEL,
	INDICATOR_FALLING,   /* a level that should fall to zero */
	INDICATOR_SHARE,     /* computed by the centre, never typed */
	INDICATOR_MILESTONE, /* milestones passed, checked by another than the reporter */
};

struct plan_indicator {
	const char *id;   /* "communities_started" */
	const char *name; /* "“十四五”累计开工小区" */
	const struct unit *unit;
	enum indicator_kind kind;
	bool yearly;        /* restarts each January */
	bool required;      /* every report must give it */
	bool internal;      /* never on a public page */
	unsigned decimals;  /* at most so many, in its own unit */
	const char *source; /* "notice" or "customary" */
	/* What exactly is measured, when a unit alone does not tell: floor area and
	 * site area are both areas, and never compared. "" when there is no doubt. */
	const char *measure;
	/* INDICATOR_SHARE: numerator / denominator, ids of this section. */
	const struct plan_indicator *numerator, *denominator;
	/* Who checks it, who is not the reporter: it counts only as far as this office
	 * has seen it. NULL: it counts as reported. */
	const struct plan_department *checker;
	bool checker_sample; /* named by the sample overlay */
	struct yaml_place place;
};

enum severity { SEVERITY_REFUSAL = 1, SEVERITY_REASON, SEVERITY_NOTICE };

enum rule_kind {
	RULE_COMPARE,     /* left op right, each linear over indicators */
	RULE_NEVER_FALLS, /* against the last accepted report */
	RULE_NEVER_RISES, /* for INDICATOR_FALLING */
	RULE_JUMP,        /* this month's increase > factor * the best month before */
	RULE_STALL,       /* no increase for so many periods, while unfinished */
	RULE_BEHIND,      /* further behind a target's curve than so many points */
	/* What remains of the unit's task needs a pace > factor * its best so far. */
	RULE_HOCKEY_STICK,
	RULE_NO_CHANGE, /* so many reports in a row that change nothing, while unfinished
	                 */
};

/* Whose figures a comparison is about. */
enum rule_scope {
	SCOPE_UNIT, /* one report's: judged before and when it is taken */
	SCOPE_CITY, /* the sums over all units' newest figures: judged at the centre */
};

/* What a comparison does when figures that it needs were not given. */
enum rule_missing {
	MISSING_SKIP_ANY, /* is not judged when one is missing */
	MISSING_SKIP_ALL, /* is not judged when all are; else they count as zero */
	MISSING_ZERO,     /* is always judged; they count as zero */
};

enum rule_operator { OP_LE, OP_LT, OP_GE, OP_GT, OP_EQ };

/* coefficient * a figure, or * a target's task, or a constant. */
struct plan_term {
	int64_t coefficient;                    /* whole; negative after a minus */
	const struct plan_indicator *indicator; /* NULL: @target or @constant */
	struct quantity constant;               /* without both */
	/* The unit's task in it; with SCOPE_CITY the target's whole. */
	const struct plan_target *target;
};

/* A rule that the file states once for several indicators or targets is one struct for
 * each, all with the same id; so is each half of "a <= b <= c". */
struct plan_rule {
	const char *id; /* "R-2-03" */
	enum severity severity;
	enum rule_kind kind;
	const struct plan_term *left, *right; /* RULE_COMPARE */
	size_t left_count, right_count;
	enum rule_operator op;
	enum rule_scope scope;
	enum rule_missing missing;
	const struct plan_indicator *indicator; /* up to RULE_STALL */
	const struct plan_target *target;       /* RULE_BEHIND, RULE_HOCKEY_STICK */
	/* In tenths. RULE_JUMP, RULE_HOCKEY_STICK: times; RULE_BEHIND: percentage
	 * points. */
	int64_t factor;
	/* RULE_STALL, RULE_NO_CHANGE: so many; RULE_HOCKEY_STICK: that must be known. */
	int64_t periods;
	const char *text;   /* "完工数≤开工数" */
	const char *causes; /* "两行填反，或开工数漏报"; may be "" */
	const char *basis;  /* clause, or "填报说明" */
	struct yaml_place place;
};

enum curve_kind {
	CURVE_NONE,  /* no date was given: no light */
	CURVE_LINE,  /* straight from start to deadline */
	CURVE_TABLE, /* points, straight between them */
	CURVE_STEPS, /* points (节点), nothing between them */
};

struct plan_point {
	day day;
	int64_t tenths; /* of a per cent of the task that should be done by the end of the
	                   day */
};

/* A unit's part in a target. */
struct plan_allocation {
	const struct plan_unit *unit;
	bool no_task; /* 无任务: asked for nothing, in no denominator */
	struct quantity value;
	day deadline; /* DAY_NONE: the target's */
	bool sample;
};

/* From a day on, a unit's part or the city's whole is another (任务调整). What was given
 * first stays where it is; plan_part_on() and plan_value_on() say what holds on a day. */
struct plan_adjustment {
	day from;          /* the first day on which it counts */
	const char *basis; /* "长人环函〔2023〕3号" */
	const char *why;   /* "" or a remark */
	/* Both in full; @unit is NULL when the whole city's is meant. */
	struct plan_allocation before, after;
	struct yaml_place place;
};

struct plan_target {
	const char *id;   /* "communities" */
	const char *name; /* "改造城镇老旧小区" */
	const struct plan_section *section;
	const struct plan_indicator *indicator; /* NULL: stated, but not measured yet */
	/* The whole city's. Without an indicator it means nothing, and is zero unless the
	 * document gives it. */
	struct quantity value;
	bool measure_sample; /* indicator and value come from the sample overlay */
	const struct plan_clause *clause;
	/* Beside the section's own: 配合单位. Responsible (责任单位) are those with a
	 * task, plan_is_responsible(). */
	const struct plan_party *supporting;
	size_t supporting_count;
	bool binding;         /* 约束性, else 力争性 */
	day start, deadline;  /* DAY_NONE: not given */
	bool deadline_sample; /* the date comes from the sample overlay */
	/* 完成并验收: its figure counts only as far as this office has accepted it. NULL:
	 * no acceptance is asked for. */
	const struct plan_department *acceptance;
	bool acceptance_sample;
	enum curve_kind curve;
	bool curve_sample;
	const struct plan_point *points; /* CURVE_TABLE, CURVE_STEPS: ascending */
	size_t point_count;
	/* One per unit of the plan, in their order; NULL: not split yet. */
	const struct plan_allocation *allocations;
	const char *split_note; /* why the parts do not add up to the whole, or NULL */
	/* By @from, ascending. */
	const struct plan_adjustment *adjustments;
	size_t adjustment_count;
	const struct plan_reading *readings;
	size_t reading_count;
	/* A share of a base: value == base * share rounded up once, for the city. */
	bool is_share;
	struct quantity base;
	int64_t share_tenths;
	struct yaml_place place;
};

/* What was already done when the document was issued. */
struct plan_baseline {
	const char *name;
	struct quantity value;
	const char *span; /* "2019年以来；截止时点未载明" */
	const struct plan_clause *clause;
	/* What it is the opening of; NULL: nothing that is reported. Never counted as
	 * progress. */
	const struct plan_indicator *indicator;
	const char *remark; /* "" or what a reader must know of this figure */
};

/*
 * What a unit had reached when its reports began (期初数): what its first report is
 * compared with. No progress towards a target, unless the target counts from the same day
 * or before: see plan_uncounted().
 */
struct plan_opening {
	const struct plan_indicator *indicator;
	const struct plan_unit *unit;
	struct quantity value;
	day on; /* at the end of this day */
	/* By whom and when the unit confirmed it; "" and DAY_NONE: 未确认. */
	const char *confirmed_by;
	day confirmed_on;
	bool sample;
	struct yaml_place place;
};

struct plan_section {
	const char *id;      /* "2" */
	const char *name;    /* short: "老旧小区和危旧房改造" */
	const char *heading; /* verbatim */
	const struct plan_department *lead;
	const struct plan_indicator *indicators;
	size_t indicator_count;
	const struct plan_target *targets;
	size_t target_count;
	const struct plan_rule *rules;
	size_t rule_count;
	const struct plan_baseline *baselines;
	size_t baseline_count;
	const struct plan_opening *openings;
	size_t opening_count;
	const bool *asked; /* per unit of the plan: does it report this section? */
	const struct plan_party *supporting; /* 配合单位, for all its targets */
	size_t supporting_count;
	size_t index; /* in plan->sections */
};

enum frequency { MONTHLY, QUARTERLY, YEARLY };

/* When something is due: a day of the month after the period, rolled; or working days
 * after another time. */
struct plan_schedule {
	enum frequency frequency;
	/* "2022-07". Both are "" while nobody has made a schedule: then nothing is asked
	 * for, and all other fields are zero. */
	const char *first_period, *last_period;
	int cutoff_day;      /* of the period's last month; 0: its last day */
	int due_day;         /* of the next month, 每月5日前; 0: by @due_workdays */
	int due_workdays;    /* after the cut-off day */
	bool due_same_month; /* due_day is one of the period's own last month */
	int due_roll;        /* 1: 顺延, -1: 提前 */
	unsigned due_minute; /* of the day: 17:30 = 1050 */
	int remind_workdays; /* working days before the due day */
	unsigned remind_minute;
	int lock_workdays; /* working days after the due day, at due_minute */
	bool sample;
};

/* One step of the ladder: who is told, when nobody acted. */
struct plan_step {
	unsigned level; /* 1, 2, ... ; level 0 is the unit itself, at once */
	int workdays;   /* after the due day, at @minute */
	unsigned minute;
	enum step_to { STEP_UNIT, STEP_LEAD, STEP_DEPARTMENT } to;
	const struct plan_department *department; /* STEP_DEPARTMENT */
	const char *role;                         /* "分管局领导（副组长）" */
	bool sample;
};

/* How fast the bureau and the units answer each other, in working days. */
struct plan_review {
	bool given; /* false: nobody has said; all others are zero */
	int content,
		totals; /* for each step, from the receipt and from the step before */
	int answer;     /* for the office to answer a request */
	int resubmit;   /* for a unit to mend what was returned */
	int contest;    /* for a unit to contest a mark, a return, a score */
	bool sample;
};

/* 办公时间: nothing should be due, or sent, outside. */
struct plan_hours {
	bool given;        /* false: nobody has said */
	unsigned from, to; /* minutes of a working day */
	bool sample;
};

/* Lights by how far progress is behind the expected progress. */
struct plan_lights {
	int64_t yellow_tenths; /* behind by more than this many tenths of a point: yellow
	                        */
	int64_t red_tenths;
	bool memory; /* a red light that has caught up is yellow for that period */
	bool sample;
};

/* How units are assessed (考核). Points are whole hundredths of a point. */
enum scoring_scheme {
	SCORING_NONE,   /* nobody has said: there are no scores */
	SCORING_POINTS, /* completion, timeliness and quality, each by its own points */
	SCORING_EIONET, /* completion; and timeliness x quality, by the Eionet matrix */
	SCORING_DEDUCTION, /* completion; and a start value from which is taken away */
};

/* The parts of a score. SCORE_REPORTS is timeliness and quality in one. */
enum score_part {
	SCORE_COMPLETION,
	SCORE_TIMELINESS,
	SCORE_QUALITY,
	SCORE_REPORTS,
	SCORE_PARTS
};

/* How a report came. */
enum score_time { SCORE_ON_TIME, SCORE_LATE, SCORE_MISSING, SCORE_TIMES };

/* What became of a report, from good to bad; the worst that happened counts. */
enum score_grade {
	SCORE_CLEAN,     /* nothing was said of it */
	SCORE_EXPLAINED, /* 核实性审核 asked, and was answered when it was reported */
	SCORE_CORRECTED, /* 更正 after the office had passed it, or after the lock */
	SCORE_MENDED,    /* returned, and mended in time */
	SCORE_UNMENDED,  /* returned, and not mended in time */
	SCORE_GRADES
};

struct plan_scoring {
	enum scoring_scheme scheme; /* SCORING_NONE: all else is zero */
	int weights[SCORE_PARTS];   /* together 100; 0: no part of the scheme */
	/* What a target is worth: binding or striven for. */
	int64_t binding, striven;
	bool by_light; /* else in proportion to the expected progress */
	int64_t yellow_tenths, red_tenths; /* by_light: per cent of it for these */
	/* SCORING_POINTS: what a report gets; SCORING_DEDUCTION: what each is less. */
	int64_t times[SCORE_TIMES], grades[SCORE_GRADES];
	int64_t start;           /* SCORING_DEDUCTION */
	bool explained_is_basic; /* SCORING_EIONET: no full marks for an explained one */
	bool extension_counts;   /* a granted extension is the due time; else the first is
	                          */
	/* Outages of the centre from this length on count, and this much longer. */
	int outage_minutes, outage_hours;
	int notice_workdays; /* between asking for a report and its due time, at least */
	bool sample;
};

struct plan {
	const char *id, *number, *title, *issuer;
	const char *issued; /* "" when the document gives no day */
	const char *note;   /* shown under the board; may be "" */
	bool sample;        /* a sample overlay is part of it */
	int utc_offset;     /* minutes: 480 */
	const struct plan_clause *clauses;
	size_t clause_count;
	const struct plan_unit *units;
	size_t unit_count;
	/* Every name of a unit, sorted: for plan_find_unit(); NULL: it looks at each. */
	const struct plan_unit_name *unit_names;
	size_t unit_name_count;
	const struct plan_department *departments;
	size_t department_count;
	const struct plan_department *office; /* 局办公室 */
	const struct plan_section *sections;
	size_t section_count;
	struct plan_schedule schedule;
	const struct plan_step *steps;
	size_t step_count;
	struct plan_lights lights;
	struct plan_review review;
	struct plan_scoring scoring;
	struct plan_hours hours;
	const struct plan_person *people; /* in the file's order */
	size_t people_count;
	struct calendar calendar;
	/* SHA-256 over the files in the order of their names (as bytes): for each the
	 * length of its name as a big-endian uint32, the name, the length of its content
	 * in the same way, and the content. */
	uint8_t hash[32];
};

/*
 * A file: "plan.yaml", "units.yaml", "schedule.yaml", "scoring.yaml", "people.yaml",
 * "sections/<id>.yaml" or "tasks/<id>.yaml" of the plan's folder; "sample/..." with one
 * of the names "overlay.yaml", "schedule.yaml", "scoring.yaml", "people.yaml" or
 * "tasks/<id>.yaml" of
 * the overlay's; any "calendar/....yaml".
 */
struct plan_file {
	const char *name;
	struct bytes content;
};

/*
 * Read and lint a plan. Borrows the files until it returns; all else lives in @arena.
 *
 * Every problem is noted with its file, line and column, in Chinese that whoever
 * wrote the file understands: what was found, what is allowed. Warnings (a target
 * without a date, a baseline without a target, parts that need a note) go to
 * @warnings and do not fail. Files may come in any order.
 *
 * The places of problems and warnings point into @arena: print them before it ends.
 *
 *   E_SYNTAX  there are problems        E_LIMIT  too many or too large files
 *   E_NOMEM   the arena's limit
 */
int plan_read(struct arena *arena, const struct plan_file *files, size_t count,
              struct yaml_problems *problems, struct yaml_problems *warnings,
              const struct plan **ret_plan);

/* Look-ups; NULL when there is none. Units are found by code, name or alias, or by what
 * they were called formerly; indicators by id or name. */
const struct plan_unit *plan_find_unit(const struct plan *plan, const char *name);
/* What @name was of @unit; NULL: it is none of its former codes and names. */
const struct plan_former *plan_find_former(const struct plan_unit *unit,
                                           const char *name);
const struct plan_section *plan_find_section(const struct plan *plan, const char *id);
const struct plan_department *plan_find_department(const struct plan *plan,
                                                   const char *id);
const struct plan_indicator *plan_find_indicator(const struct plan_section *section,
                                                 const char *name);
const struct plan_target *plan_find_target(const struct plan_section *section,
                                           const char *id);

/* NULL: nobody gave it. */
const struct plan_opening *plan_find_opening(const struct plan_section *section,
                                             const struct plan_indicator *indicator,
                                             const struct plan_unit *unit);
/* The opening that is in the unit's cumulative figure, but not done towards @target,
 * because the target counts from a later day, or does not say from when; NULL: none. */
const struct plan_opening *plan_uncounted(const struct plan_target *target,
                                          const struct plan_unit *unit);
/* Whether @unit has a task in @target on a day, or, while it is not split, is asked for
 * its section. */
bool plan_is_responsible(const struct plan_target *target, const struct plan_unit *unit,
                         day on);

/* A seat that somebody holds: one of the first two, a role, and the section that it is
 * about (NULL: any). */
struct plan_seat {
	const struct plan_unit *unit;
	const struct plan_department *department;
	enum plan_role role;
	const struct plan_section *section;
};
/* Who acts on a day: A岗, while he is away B岗. NULL: the plan names nobody, or all are
 * away. */
const struct plan_person *plan_person_on(const struct plan *plan,
                                         const struct plan_seat *seat, day on);
const char *plan_role_name(enum plan_role role); /* "填报人"; static */

/*
 * What holds on a day, with all adjustments up to it. The part of @unit, also when it is
 * no task; NULL while the target is not split. The whole of the city. The deadline of a
 * unit's part, or (@unit NULL) of the whole; DAY_NONE: there is none. The adjustment that
 * made it so, of a unit's part or (NULL) the whole; NULL: there was none.
 */
const struct plan_allocation *plan_part_on(const struct plan_target *target,
                                           const struct plan_unit *unit, day on);
struct quantity plan_value_on(const struct plan_target *target, day on);
day plan_deadline_on(const struct plan_target *target, const struct plan_unit *unit,
                     day on);
const struct plan_adjustment *plan_adjustment_on(const struct plan_target *target,
                                                 const struct plan_unit *unit, day on);
/* The part of @unit that it is held to on a day: NULL when it has no task in the target,
 * or nothing measures it. */
const struct plan_allocation *plan_task_on(const struct plan_target *target,
                                           const struct plan_unit *unit, day on);

/* What changed between two plans, as lines for people, in the plan's order:
 * "~ 二 targets[communities].value: 1816个 → 1820个". */
struct plan_change {
	const char *text;
	struct plan_change *next;
};
int plan_diff(struct arena *arena, const struct plan *from, const struct plan *to,
              struct plan_change **ret_changes);

#endif
