/* duban-agent status: how this agent stands; works while the service runs. */
#ifndef DUBAN_CLIENT_AGENT_STATUS_H
#define DUBAN_CLIENT_AGENT_STATUS_H

struct agent;

int status_run(struct agent *agent, const char *const *args);

#endif
