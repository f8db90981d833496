/* One file below a folder, read piece by piece by a thread that may block. */
#ifndef RPC_HTTP_FILE_H
#define RPC_HTTP_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_FILE_CHUNK    (64 * 1024)
#define HTTP_FILE_ETAG_MAX 64

/* Zero it and fill in the first four. */
struct http_file {
	const char *folder; /* borrowed, like the next two */
	const char *path;   /* below it; decoded */
	const char *known;  /* what If-None-Match says, or NULL */
	bool is_head;       /* only how large it is */
	bool is_known;      /* the client has it */
	uint64_t size, offset;
	char etag[HTTP_FILE_ETAG_MAX]; /* "" before the first read */
	uint8_t *chunk;                /* what was read last; owned */
	size_t chunk_len;
};

/* May this path, relative and decoded, be asked for at all? No empty segments (but at the
 * end), none that begins with a dot. */
bool http_file_may_ask(const char *path);
/*
 * Open the file without leaving the folder, read its next chunk, if one is wanted, and
 * close it again: who waits for a slow client holds no descriptor.
 *
 *   E_NOT_FOUND  nothing there that is a readable regular file
 *   E_STATE      a folder
 *   E_BUSY       no descriptor or no memory left
 *   E_IO         the disk; or it is not the file any more that the last read saw
 */
int http_file_read(struct http_file *file);
/* Free the chunk. */
void http_file_finish(struct http_file *file);
/* The content type of a name; never NULL. */
const char *http_file_type(const char *name);

#endif
