/*
 * Load reports, as the public ORCA cases want them from a server: in the trailers of one
 * call, and to those who watch the server's load (xds.service.orca.v3).
 */
#ifndef RPC_INTEROP_ORCA_H
#define RPC_INTEROP_ORCA_H

#include <stdbool.h>
#include <uv.h>

#include "base/list.h"
#include "grpc/testing/messages.pb-c.h"
#include "rpc/call.h"

/* The method table of xds.service.orca.v3.OpenRcaService; its timers run on @loop. */
const struct rpc_method *orca_service(uv_loop_t *loop);
/* End the calls of all who watch. */
void orca_drain(void);

/* @report as it is reported, in @arena. E_LIMIT: too large; E_NOMEM. */
int orca_pack(struct arena *arena, const Grpc__Testing__TestOrcaReport *report,
              struct bytes *ret_packed);
/* Add it to the trailers of @call. As rpc_call_add_trailer(). */
int orca_report_call(struct rpc_call *call, struct bytes packed);
/* Tell watchers this from now on; it is copied. */
void orca_report_load(struct bytes packed);

/* One call at a time says what the watchers are told; the others wait for their turn. */
struct orca_turn {
	struct list node;
	void (*given)(struct orca_turn *turn);
};

void orca_turn_init(struct orca_turn *turn, void (*given)(struct orca_turn *turn));
/* True: it is yours, until released. False: @turn->given is called when it is. */
bool orca_turn_take(struct orca_turn *turn);
/* Also for a turn that was never asked for. Borrows nothing afterwards. */
void orca_turn_release(struct orca_turn *turn);

#endif
