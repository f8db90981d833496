/* How kinds, states and acts of problems are called: for people, in their language, and
 * for programs. */
#ifndef DUBAN_CLIENT_PROBLEM_WORDS_H
#define DUBAN_CLIENT_PROBLEM_WORDS_H

#include <stdbool.h>

/* Numbers as in model/problem.h and in the contract; others give "". With @key the fixed
 * English word: "limited", "open", "sent_back". Static. */
const char *problem_kind_word(int kind, bool key);
const char *problem_state_word(int state, bool key);
const char *problem_act_word(int act, bool key);

/* The number that a word or key stands for; 0: there is no such. */
int problem_kind_find(const char *word);
int problem_state_find(const char *word);

#endif
