/* What the centre answered, when it was not a receipt. Pure. */
#ifndef DUBAN_CLIENT_AGENT_ANSWER_H
#define DUBAN_CLIENT_AGENT_ANSWER_H

#include "base/err.h"
#include "model/finding.h"
#include "rpc/status.h"

struct answer {
	enum err_policy policy;
	const char *message;      /* "UNAVAILABLE: ..." or the centre's own sentence */
	struct findings findings; /* one a field that was refused */
};

/* Details that cannot be read are left out. All in @arena. */
void answer_read(struct arena *arena, const struct rpc_status *status,
                 struct answer *ret_answer);

#endif
