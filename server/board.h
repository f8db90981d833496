/* GetBoard: where every section of every unit stands at the present plan time. */
#ifndef DUBAN_SERVER_BOARD_H
#define DUBAN_SERVER_BOARD_H

#include "base/bytes.h"

struct rpc_call;
struct server;

/*
 * Answers must stay below what clients take (4 MiB by default): a board of more than
 * BOARD_LINES_MAX lines has cells without lines, one of more than BOARD_WHY_MAX has lines
 * without their sentence. The city's targets always have both.
 */
#define BOARD_LINES_MAX 20000
#define BOARD_WHY_MAX   4000

/* Takes @call; borrows @body until it returns. */
void board_get_handle(struct server *srv, struct rpc_call *call, struct bytes body);

#endif
