/* One call to the centre, from start to answer, for commands that wait. */
#ifndef DUBAN_CLIENT_ADMIN_CALL_H
#define DUBAN_CLIENT_ADMIN_CALL_H

#include <protobuf-c/protobuf-c.h>

#include "client/admin/admin.h"

/*
 * Call @method ("Plans/ApplyPlan") with @request and wait for the answer, which lives in
 * the command's arena. On anything but ADMIN_OK what was wrong has been printed, each
 * field that was refused on a line of its own.
 */
int admin_call(struct admin *admin, const char *method, const ProtobufCMessage *request,
               const ProtobufCMessageDescriptor *answer_type,
               ProtobufCMessage **ret_answer);

#endif
