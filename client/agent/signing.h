/* The key that a district's reports are signed with. */
#ifndef DUBAN_CLIENT_AGENT_SIGNING_H
#define DUBAN_CLIENT_AGENT_SIGNING_H

#include "client/agent/agent.h"
#include "model/seal.h"

/* Open it and see that it is this unit's. An agent_exit after saying why not; then
 * @ret_signer is untouched, else the caller's to close. */
int signing_open(struct agent *agent, struct signer **ret_signer);

#endif
