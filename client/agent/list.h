/* duban-agent queue: reports that wait, were acknowledged, or were refused. */
#ifndef DUBAN_CLIENT_AGENT_LIST_H
#define DUBAN_CLIENT_AGENT_LIST_H

#include <popt.h>

struct agent;

extern const struct poptOption list_options[];

int list_run(struct agent *agent, const char *const *args);

#endif
