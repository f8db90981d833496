/* How a report's timeliness is called. */
#include "client/timeliness.h"

#include "base/text.h"

const char *timeliness_word(enum timeliness timeliness)
{
	if (timeliness == AFTER_LOCK)
		return _("封表后");
	return timeliness == LATE ? _("迟报") : _("按时");
}

const char *timeliness_key(enum timeliness timeliness)
{
	if (timeliness == AFTER_LOCK)
		return "after_lock";
	return timeliness == LATE ? "late" : "on_time";
}
