/* One good report for tests to start from. */
#ifndef DUBAN_TESTS_MODEL_SEAL_SAMPLE_H
#define DUBAN_TESTS_MODEL_SEAL_SAMPLE_H

#include "model/report.h"

#define SAMPLE_FIGURES 3

struct sample {
	struct figure figures[SAMPLE_FIGURES];
	struct report report;
};

void sample_init(struct sample *sample);

#endif
