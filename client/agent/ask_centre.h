/* One call to the centre from a command that waits for the answer. */
#ifndef DUBAN_CLIENT_AGENT_ASK_CENTRE_H
#define DUBAN_CLIENT_AGENT_ASK_CENTRE_H

#include <protobuf-c/protobuf-c.h>

#include "client/agent/sitting.h"

/*
 * Call @method ("Requests/List") with @request; @answer lives in the command's arena. On
 * anything but AGENT_OK what was wrong was said, every sentence of a refusal on a line of
 * its own: AGENT_REFUSED, or AGENT_FAILED when the centre cannot be reached. The sitting
 * must be connected, see sitting_refresh().
 */
int ask_centre(struct sitting *sitting, const char *method,
               const ProtobufCMessage *request, const ProtobufCMessageDescriptor *type,
               ProtobufCMessage **ret_answer);

#endif
