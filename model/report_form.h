/* Rules of form for one report: D-01 to D-16, of which no plan knows (those that any
 * signed statement has are in form.h). For model/ only. */
#ifndef DUBAN_MODEL_REPORT_FORM_H
#define DUBAN_MODEL_REPORT_FORM_H

#include <stdbool.h>

#include "model/finding.h"

struct Duban__V1__Report;

/* Everything that is wrong with the fields, each as a refusal. Is it acceptable? */
bool report_form_check(struct findings *findings,
                       const struct Duban__V1__Report *message);

#endif
