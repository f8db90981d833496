/* duban-agent request, requests: what the unit asks of the bureau. */
#ifndef DUBAN_CLIENT_AGENT_REQUEST_H
#define DUBAN_CLIENT_AGENT_REQUEST_H

#include <popt.h>

struct agent;

extern const struct poptOption request_options[];
extern const struct poptOption requests_options[];

int request_run(struct agent *agent, const char *const *args);
int requests_run(struct agent *agent, const char *const *args);

#endif
