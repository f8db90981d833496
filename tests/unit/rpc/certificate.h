/* A certificate for tests: its own CA, good for both ends, for "localhost". */
#ifndef TESTS_CERTIFICATE_H
#define TESTS_CERTIFICATE_H

/* Write it and its key as PEM into new files. */
void certificate_write(const char *certificate_file, const char *key_file);

#endif
