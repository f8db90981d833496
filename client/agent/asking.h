/* One call to the centre, from start to answer, for commands that keep nothing. */
#ifndef DUBAN_CLIENT_AGENT_ASKING_H
#define DUBAN_CLIENT_AGENT_ASKING_H

#include <protobuf-c/protobuf-c.h>

struct agent;

/*
 * Call @method ("Problems/ListProblems") with @request and wait for the answer, which
 * lives in the command's arena. An agent_exit; on anything but AGENT_OK what was wrong
 * has been printed, each field that was refused on a line of its own.
 */
int asking_call(struct agent *agent, const char *method, const ProtobufCMessage *request,
                const ProtobufCMessageDescriptor *answer_type,
                ProtobufCMessage **ret_answer);

#endif
