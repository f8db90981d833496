/* A letter as an e-mail. Pure. */
#ifndef DUBAN_SERVER_DELIVER_EMAIL_H
#define DUBAN_SERVER_DELIVER_EMAIL_H

#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "server/letter.h"

#define EMAIL_TEXT_MAX 65536 /* bytes of subject and text */

struct email {
	const struct letter *letter;
	const char *from, *to; /* addresses alone */
	int64_t wall_now;      /* for Date */
};

/*
 * The whole message, headers and body, lines ended by CRLF, in @arena. The subject is
 * encoded by RFC 2047, the body is UTF-8 in base64. The Message-ID depends on alerts and
 * recipient only, so that a repeated attempt can be told from another message.
 *
 *   E_SYNTAX  an address that could not stand in a header      E_NOMEM
 */
int email_write(struct arena *arena, const struct email *email,
                struct bytes *ret_message);

#endif
