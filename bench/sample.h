/* Reports to send: like those of a district, signed by its key. */
#ifndef DUBAN_BENCH_SAMPLE_H
#define DUBAN_BENCH_SAMPLE_H

#include "base/arena.h"
#include "model/report.h"
#include "model/seal.h"

struct sample {
	uint8_t id[REPORT_ID_SIZE];
	struct bytes payload; /* what was signed */
	struct bytes request; /* a serialized SubmitReportRequest around it */
};

/* What a report is about; borrowed. */
struct sample_subject {
	const char *plan, *unit, *section, *period;
};

/* One figure, four texts, three people; the id is random. Results live in @arena.
 * E_NOMEM, E_INTERNAL. */
int sample_make(struct arena *arena, const struct signer *signer,
                const struct sample_subject *subject, struct sample *ret_sample);

#endif
