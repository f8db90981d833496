/* duban-agent alerts: what the centre told this district. */
#ifndef DUBAN_CLIENT_AGENT_ALERTS_H
#define DUBAN_CLIENT_AGENT_ALERTS_H

#include <popt.h>

struct agent;

extern const struct poptOption alerts_options[];

int alerts_run(struct agent *agent, const char *const *args);

#endif
