/* A letter as a group robot's message: WeCom, DingTalk, or plain JSON. Pure. */
#ifndef DUBAN_SERVER_DELIVER_WEBHOOK_H
#define DUBAN_SERVER_DELIVER_WEBHOOK_H

#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "server/contact.h"
#include "server/letter.h"

#define WEBHOOK_TEXT_MAX 2048  /* bytes that a WeCom robot takes in one text */
#define WEBHOOK_JSON_MAX 65536 /* bytes of title and text for a program */

struct webhook {
	enum contact_kind kind;
	const char *url;    /* a secret */
	const char *secret; /* CONTACT_DINGTALK: "" for none */
	int64_t wall_now;   /* for the signature */
};

/* Where to post and what, in @arena. E_NOMEM, E_INTERNAL (libcrypto). */
int webhook_write(struct arena *arena, const struct webhook *webhook,
                  const struct letter *letter, const char **ret_url,
                  struct bytes *ret_body);

enum webhook_answer {
	WEBHOOK_TAKEN,
	WEBHOOK_THROTTLED, /* too many: be quiet for a while */
	WEBHOOK_REFUSED,   /* for another reason; @ret_why says which */
};
/* What the robot answered: HTTP's status and the first bytes of the body. */
enum webhook_answer webhook_answered(struct arena *arena, enum contact_kind kind,
                                     long status, struct bytes body,
                                     const char **ret_why);

#endif
