/* One sentence for people about what just went wrong, in memory of the thread. */
#ifndef DUBAN_MODEL_WHY_H
#define DUBAN_MODEL_WHY_H

/* Point *@ret_why (may be NULL) at the sentence; it lasts until the next one in this
 * thread. Gives back @err. */
int why_set(const char **ret_why, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The newest of OpenSSL's reasons, "" when it has none. Static. */
const char *why_openssl(void);

#endif
