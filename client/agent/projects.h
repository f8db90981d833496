/* duban-agent projects: the unit's projects, as this machine has them. */
#ifndef DUBAN_CLIENT_AGENT_PROJECTS_H
#define DUBAN_CLIENT_AGENT_PROJECTS_H

struct agent;

int projects_run(struct agent *agent, const char *const *args);

#endif
