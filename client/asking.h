/* How requests, their states and what they contest are called: for people, in their
 * language, and for programs. */
#ifndef DUBAN_CLIENT_ASKING_H
#define DUBAN_CLIENT_ASKING_H

#include "base/arena.h"
#include "model/request.h"

/* "延期", "申辩", "补报（更正）"; static. Any number is accepted. */
const char *asking_kind_word(int kind);
const char *asking_kind_key(int kind); /* "extension", "contest", "consent" */
/* Either of the two; 0: neither. */
int asking_kind_find(const char *word);

/* As in the contract: "待批", "同意", "不同意", "已撤回". */
const char *asking_state_word(int state);
const char *asking_state_key(int state); /* "open", "granted", "refused", "withdrawn" */
int asking_state_find(const char *word);

/* "迟报（回执…）", "退回（回执…）", "考核（2022-Q4）"; "" for "". NULL: no memory. */
const char *asking_subject(struct arena *arena, const char *subject);

#endif
