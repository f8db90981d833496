/* A judged board as the contract's message. Pure; may run on a worker thread. */
#ifndef DUBAN_SERVER_BOARD_MESSAGE_H
#define DUBAN_SERVER_BOARD_MESSAGE_H

#include "base/arena.h"
#include "base/bytes.h"
#include "server/board_figures.h"

/* The serialized duban.v1.GetBoardResponse, in @arena. E_NOMEM. */
int board_message(struct arena *arena, const struct board *board, uint32_t version,
                  struct bytes *ret_message);

#endif
