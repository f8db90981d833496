/* How a report's timeliness is called: for people, in their language, and for programs.
 */
#ifndef DUBAN_CLIENT_TIMELINESS_H
#define DUBAN_CLIENT_TIMELINESS_H

#include "model/validate.h"

/* "按时", "迟报", "封表后"; static. */
const char *timeliness_word(enum timeliness timeliness);
/* "on_time", "late", "after_lock"; static. */
const char *timeliness_key(enum timeliness timeliness);

#endif
