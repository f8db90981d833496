/* duban-agent template: a report file to fill in. */
#ifndef DUBAN_CLIENT_AGENT_TEMPLATE_H
#define DUBAN_CLIENT_AGENT_TEMPLATE_H

struct agent;

int template_run(struct agent *agent, const char *const *args);

#endif
