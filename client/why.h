/* What rpc, libuv and OpenSSL say in English about a connection, in words for people. */
#ifndef DUBAN_CLIENT_WHY_H
#define DUBAN_CLIENT_WHY_H

struct arena;

/*
 * The same in the user's language: "/etc/duban/ca.pem: cannot read" keeps its file. Words
 * that are not known, and NULL, are given back as they are. In @arena, or static.
 */
const char *why_text(struct arena *arena, const char *why);

#endif
