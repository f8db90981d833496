/*
 * Any bytes: a request within all bounds, whose writing is stable and which is judged
 * without a crash, the same when judged again; or a refusal that names a rule.
 *
 *	sixteen bytes of facts, then the signed bytes
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "base/utf8.h"
#include "model/request_judge.h"

#include "../../unit/model_judge/plan_by_hand.h"

#define MEMORY_MAX (4 * 1024 * 1024)
#define FACTS_SIZE 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct plan_by_hand by_hand;

static void make_plan(void)
{
	if (by_hand.plan.id != NULL)
		return;
	plan_by_hand(&by_hand);
	by_hand.plan.review =
		(struct plan_review){.given = true, .answer = 3, .contest = 5};
}

static struct request_facts draw_facts(const uint8_t *bytes)
{
	int64_t base = at("2022-10-08 17:30"), hour = 3600 * 1000;

	return (struct request_facts){
		.asked = bytes[0] & 1,
		.reported = bytes[0] & 2,
		.found = bytes[0] & 4,
		.settled = bytes[0] & 8,
		.decided = bytes[0] & 16,
		.open = bytes[0] & 32 ? "SQ-430111-0001" : "",
		.timeliness = (enum timeliness)(1 + bytes[1] % 3),
		.times = bytes[2],
		.due = base + bytes[3] * hour,
		.lock = base + (bytes[3] + bytes[4]) * hour,
		.due_first = base,
		.open_until = base + bytes[5] * hour,
		.known_at = base + bytes[6] * hour,
	};
}

static void check_bounds(const struct request *request)
{
	const char *about;

	CHECK(request->kind >= REQUEST_EXTENSION && request->kind <= REQUEST_CONSENT);
	CHECK(request->reason[0] != '\0' && request->approved_by.name[0] != '\0');
	CHECK(utf8_length(bytes_of_str(request->reason)) <= REQUEST_REASON_MAX);
	CHECK((request->kind == REQUEST_CONTEST) ==
	      (request_contest(request->subject, &about) != CONTEST_NONE));
}

/* What we write from it reads as the same, to the byte. */
static void check_stable(struct arena *arena, const struct request *request)
{
	struct bytes first, second;
	const struct request *again;
	struct findings findings;

	findings_init(&findings, arena);
	if (request_encode(arena, request, &first) != 0)
		return;
	CHECK(request_decode(arena, first, &findings, &again) == 0);
	CHECK(request_encode(arena, again, &second) == 0);
	CHECK(bytes_equal(first, second));
}

static void check_judged(struct arena *arena, const struct request *request,
                         const uint8_t *bytes)
{
	struct request_facts facts = draw_facts(bytes);
	int64_t now = at("2022-10-01 00:00") + bytes[7] * INT64_C(7200000);
	struct request_verdict verdict = {0}, again = {0};
	struct findings findings;
	int r;

	findings_init(&findings, arena);
	r = request_judge(&by_hand.plan, request, &facts, now, &findings, &verdict);
	CHECK(r == 0 || findings.refusals > 0 || r == E_NOMEM);
	for (struct finding *f = findings.first; f != NULL; f = f->next)
		CHECK(f->text[0] != '\0');
	CHECK(r == request_judge(&by_hand.plan, request, &facts, now, &findings, &again));
	CHECK(verdict.until == again.until && verdict.answer_due == again.answer_due);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena_finishp) struct arena arena;
	const struct request *request;
	struct findings findings;
	int r;

	arena_init(&arena, MEMORY_MAX);
	make_plan();
	if (size < FACTS_SIZE)
		return 0;
	findings_init(&findings, &arena);
	r = request_decode(&arena, bytes_of(data + FACTS_SIZE, size - FACTS_SIZE),
	                   &findings, &request);
	if (r != 0) {
		CHECK(r == E_SYNTAX || r == E_REFUSED || r == E_LIMIT || r == E_NOMEM);
		CHECK(r == E_NOMEM || findings.refusals > 0);
		return 0;
	}
	CHECK(findings.count == 0);
	check_bounds(request);
	check_stable(&arena, request);
	check_judged(&arena, request, data);
	return 0;
}
