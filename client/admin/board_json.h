/* The board for programs: every figure as a decimal string, keys as in the contract. */
#ifndef DUBAN_CLIENT_ADMIN_BOARD_JSON_H
#define DUBAN_CLIENT_ADMIN_BOARD_JSON_H

#include <duban/v1/board.pb-c.h>

struct admin;

int board_json_print(struct admin *admin, const Duban__V1__GetBoardResponse *board);

#endif
