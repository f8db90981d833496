/* Rules of form for one report: D-01 to D-16, of which no plan knows. For model/ only. */
#ifndef DUBAN_MODEL_REPORT_FORM_H
#define DUBAN_MODEL_REPORT_FORM_H

#include <stdbool.h>

#include "model/finding.h"
#include "model/wire_walk.h"

struct Duban__V1__Report;

/* Bytes that are no canonical Report, as one refusal. */
void report_form_too_large(struct findings *findings, size_t len);
void report_form_fault(struct findings *findings, const struct wire_fault *fault);
/* Everything that is wrong with the fields, each as a refusal. Is it acceptable? */
bool report_form_check(struct findings *findings,
                       const struct Duban__V1__Report *message);

#endif
