/* One assessment in flight. For assessment*.c only. */
#ifndef DUBAN_SERVER_ASSESSMENT_CALL_H
#define DUBAN_SERVER_ASSESSMENT_CALL_H

#include "model/identity.h"
#include "server/assessment_facts.h"
#include "server/plan_past.h"
#include "server/store_score.h"
#include "server/work.h"

struct Duban__V1__ScoreRow;
struct rpc_call;
struct server;

#define ASSESSING_NOBODY SIZE_MAX

enum purpose { TO_LIST, TO_EXPLAIN, TO_PUBLISH };

/* One call in flight. Not in its arena, because a worker uses its own. */
struct assessing {
	unsigned magic;
#define ASSESSING_MAGIC 0x4ec19d27U
	enum purpose purpose;
	struct server *srv;
	struct rpc_call *call;
	struct identity caller;
	struct arena arena;
	const struct plan_version *version; /* held */
	struct score_range range;
	char period[SCORE_RANGE_TEXT_MAX]; /* the same, as text */
	int64_t known_at;
	size_t wanted; /* index of the unit that is explained, or ASSESSING_NOBODY */
	struct plan_past past;
	struct store_score_facts facts;
	struct store_score_published published;
	struct store_score_publish publish;
	struct score_to_publish *scores; /* one a unit of the plan */
	struct Duban__V1__ScoreRow **rows;
	size_t row_count;
	const struct score_span *outages;
	size_t outage_count;
	struct work_job job;
	int status; /* of the job */
};

/* On a worker thread: scores, rows, ranks. What assessment_judge() gives. */
int assessment_judge_all(struct assessing *assessing);
/* On a worker thread: the rows of what was published. E_CORRUPT, E_NOMEM. */
int assessment_read_published(struct assessing *assessing);
/* Answer the call. E_NOT_FOUND: the unit was in no such publication; E_CORRUPT, E_NOMEM:
 * it is not answered yet. */
int assessment_answer(struct assessing *assessing);

#endif
