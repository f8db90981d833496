/* duban-agent run: the service. */
#ifndef DUBAN_CLIENT_AGENT_RUN_H
#define DUBAN_CLIENT_AGENT_RUN_H

struct agent;

int run_run(struct agent *agent, const char *const *args);

#endif
