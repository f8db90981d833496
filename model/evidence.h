/*
 * What is known of a unit's figures, and which of them count.
 *
 * What a unit signed stays as it is. Beside it stands what the bureau found when it
 * looked: a figure may be withdrawn after a re-check, and then the newest earlier one
 * that stands counts instead. Where the plan names a checker who is not the reporter, or
 * asks for acceptance, a figure counts only as far as it was seen or accepted.
 */
#ifndef DUBAN_MODEL_EVIDENCE_H
#define DUBAN_MODEL_EVIDENCE_H

#include <stdbool.h>

#include "model/plan.h"
#include "model/report.h"

/* How far a figure stands. */
enum figure_standing {
	FIGURE_REPORTED = 1, /* 自报: by the unit */
	FIGURE_CHECKED,      /* 处室审核: its report passed the content review */
	FIGURE_SEEN,         /* 现场核查: on the spot */
	FIGURE_WITHDRAWN,    /* 复核不实: it does not count */
};

/* What the bureau found about one figure of a report. */
struct figure_check {
	const char *indicator; /* id */
	/* The last word about this very figure: FIGURE_SEEN or FIGURE_WITHDRAWN, by whom
	 * (URI), when (plan time) and in what words; 0: nobody has looked at it. */
	enum figure_standing standing;
	const char *by, *remark;
	int64_t at;
	/* FIGURE_WITHDRAWN: the newest earlier figure that stands, and its period
	 * ("2022-08"). Without a unit: there is none. */
	struct quantity earlier;
	const char *earlier_period;
	/* How far the plan's checker has seen it, and how much was accepted, on which day
	 * ("2022-09-28"), by which document and whom (URI): in this period or an earlier
	 * one. Without a unit: not at all. */
	struct quantity seen, accepted;
	const char *accepted_on, *document, *accepted_by;
};

/* A report's figures and what was found about them. Borrowed by whatever holds it. */
struct evidence {
	const struct figure *figures;
	size_t figure_count;
	const struct figure_check *checks; /* of those that were looked at; any order */
	size_t check_count;
	bool passed; /* the report passed the content step of its review */
};

/* What keeps a figure from counting in full. */
enum figure_wait {
	WAIT_NONE,
	WAIT_CHECK,      /* 待核验 */
	WAIT_ACCEPTANCE, /* 待验收 */
};
/* "", "待核验", "待验收"; "自报", "处室审核", "现场核查", "复核不实". Static. */
const char *figure_wait_word(enum figure_wait wait);
const char *figure_standing_word(enum figure_standing standing);

/* What counts of a unit's figures for a target, beside what it reported. */
struct counted {
	bool has_done;         /* false: nothing was reported, or nothing of it stands */
	struct quantity done;  /* without an opening that does not count */
	struct quantity whole; /* with it */
	bool has_reported;
	struct quantity reported; /* of a share: the share of what was reported */
	enum figure_standing
		standing;      /* of what was reported; of a share, its numerator's */
	enum figure_wait wait; /* why less counts than was reported and stands */
	const struct figure_check *check; /* of that figure; NULL: nobody has looked */
};

/* For @unit's part in @target, which has an indicator. */
void evidence_count(const struct plan_target *target, const struct plan_unit *unit,
                    const struct evidence *evidence, struct counted *ret_counted);
/* Is what counts another amount than what was reported? */
bool evidence_differs(const struct counted *counted);
/* What counts of one of @unit's indicators for a target's sums; a share is computed from
 * its parts. False: nothing. */
bool evidence_value(const struct plan_target *target, const struct plan_unit *unit,
                    const struct plan_indicator *indicator,
                    const struct evidence *evidence, struct quantity *ret_value);
/*
 * The figures that stand, whether or not their checkers have seen them: as reported, but
 * for a withdrawn one the earlier one or none. Borrowed from @evidence when none was
 * withdrawn, else in @arena. E_NOMEM.
 */
int evidence_figures(struct arena *arena, const struct evidence *evidence,
                     const struct figure **ret_figures, size_t *ret_count);
/*
 * "；填报6个，复核不实，按2022年8月的5个计": what a reader of a light must know when what
 * counts is not what was reported; else "". In @arena or static. NULL: no memory.
 */
const char *evidence_explain(struct arena *arena, const struct counted *counted);

#endif
