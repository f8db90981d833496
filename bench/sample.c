/* Reports to send: made, signed and packed before any clock is started. */
#include "bench/sample.h"

#include <string.h>
#include <sys/random.h>

#include "duban/v1/reports.pb-c.h"

#include "base/check.h"
#include "base/err.h"
#include "model/wire.h"

#define MADE_AT INT64_C(1659315600000) /* 2022-08-01 09:00 in Changsha */

static int pack(struct arena *arena, const struct envelope *envelope,
                struct bytes *ret_request);

int sample_make(struct arena *arena, const struct signer *signer,
                const struct sample_subject *subject, struct sample *ret_sample)
{
	const struct figure figures[] = {
		{.indicator = "done",
	         .value = {.digits = 12, .unit = unit_find("个")},
	         .reason = ""},
	};
	struct report report = {
		.plan = subject->plan,
		.plan_version = 1,
		.unit = subject->unit,
		.section = subject->section,
		.period = subject->period,
		.figures = figures,
		.figure_count = ARRAY_LEN(figures),
		.texts = {.progress = "本月完工1个小区，累计完工12个，惠及居民1980户。",
	                  .problems = "个别小区居民意见尚未统一。",
	                  .next_steps = "继续推进剩余小区改造，加强质量管理。",
	                  .city_to_settle = "无。"},
		.filled_by = {"张三", "科员", "0731-80000000", MADE_AT},
		.reviewed_by = {"李四", "科长", "0731-80000000", MADE_AT},
		.approved_by = {"王五", "局长", "0731-80000000", MADE_AT},
		.made_at = MADE_AT,
		.wall_made_at = MADE_AT,
	};
	struct envelope envelope;
	int r;

	if (getrandom(report.id, sizeof(report.id), 0) != sizeof(report.id))
		return E_INTERNAL;
	memcpy(ret_sample->id, report.id, sizeof(report.id));
	r = report_encode(arena, &report, &ret_sample->payload);
	if (r == 0)
		r = signer_sign(signer, arena, REPORT_PAYLOAD_TYPE, ret_sample->payload,
		                &envelope);
	if (r == 0)
		r = pack(arena, &envelope, &ret_sample->request);
	return r;
}

static int pack(struct arena *arena, const struct envelope *envelope,
                struct bytes *ret_request)
{
	Duban__V1__SubmitReportRequest request = DUBAN__V1__SUBMIT_REPORT_REQUEST__INIT;
	int r = wire_envelope_write(arena, envelope, &request.report);

	return r == 0 ? wire_pack(arena, &request.base, ret_request) : r;
}
