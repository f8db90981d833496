/*
 * One file below a folder:
 *
 *	path -> realpath -> inside? -> openat, segment by segment -> fstat -> pread
 *
 * realpath follows links and says where they lead; then the way is walked from the folder
 * without following any, so that a link that is changed in between leads nowhere.
 */
#include "rpc/http_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "rpc/http_target.h"

static int resolve(const char *folder, const char *path, char *real, size_t *ret_at);
static int walk(char *real, size_t at, int *ret_fd);
static int look(struct http_file *file, int fd);
static int read_chunk(struct http_file *file, int fd);
static int failure(void);

bool http_file_may_ask(const char *path)
{
	while (*path != '\0') {
		size_t len = strcspn(path, "/");

		if (len == 0 || path[0] == '.')
			return false;
		path += len;
		path += *path == '/';
	}
	return true;
}

int http_file_read(struct http_file *file)
{
	AUTO(closep) int fd = -1;
	char real[PATH_MAX];
	size_t at;
	int r = resolve(file->folder, file->path, real, &at);

	if (r == 0)
		r = walk(real, at, &fd);
	if (r == 0)
		r = look(file, fd);
	if (r == 0 && !file->is_head && !file->is_known)
		r = read_chunk(file, fd);
	return r;
}

/* @real: PATH_MAX bytes; from *@ret_at on what stands there is below the folder. */
static int resolve(const char *folder, const char *path, char *real, size_t *ret_at)
{
	char root[PATH_MAX], joined[PATH_MAX];
	size_t len;

	if (realpath(folder, root) == NULL)
		return failure();
	len = strcmp(root, "/") == 0 ? 0 : strlen(root);
	if (snprintf(joined, sizeof(joined), "%.*s/%s", (int)len, root, path) >=
	    (int)sizeof(joined))
		return E_NOT_FOUND;
	if (realpath(joined, real) == NULL)
		return failure();
	if (strncmp(real, root, len) != 0 || (real[len] != '/' && real[len] != '\0'))
		return E_NOT_FOUND;
	*ret_at = len;
	return 0;
}

static int walk(char *real, size_t at, int *ret_fd)
{
	const int way = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	const int last = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC;
	char *name = real + at, *end;
	int fd;

	if (*name == '\0')
		return E_STATE; /* the folder itself */
	*name++ = '\0';
	fd = open(at == 0 ? "/" : real, O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (; fd >= 0 && name != NULL; name = end) {
		int parent = fd;

		end = strchr(name, '/');
		if (end != NULL)
			*end++ = '\0';
		fd = openat(parent, name, end != NULL ? way : last);
		(void)close(parent);
	}
	if (fd < 0)
		return failure();
	*ret_fd = fd;
	return 0;
}

/* The same file as last time? */
static int look(struct http_file *file, int fd)
{
	char etag[HTTP_FILE_ETAG_MAX];
	struct stat status;

	if (fstat(fd, &status) < 0)
		return E_IO;
	if (S_ISDIR(status.st_mode))
		return E_STATE;
	if (!S_ISREG(status.st_mode))
		return E_NOT_FOUND;
	(void)snprintf(etag, sizeof(etag), "\"%llx.%lx-%llx\"",
	               (unsigned long long)status.st_mtim.tv_sec,
	               (unsigned long)status.st_mtim.tv_nsec,
	               (unsigned long long)status.st_size);
	if (file->etag[0] != '\0' && strcmp(file->etag, etag) != 0)
		return E_IO;
	memcpy(file->etag, etag, sizeof(etag));
	file->size = (uint64_t)status.st_size;
	file->is_known = file->known != NULL && http_etag_listed(file->known, etag);
	return 0;
}

static int read_chunk(struct http_file *file, int fd)
{
	uint64_t left = file->size - file->offset;
	size_t want = left < HTTP_FILE_CHUNK ? (size_t)left : HTTP_FILE_CHUNK;
	ssize_t len;

	http_file_finish(file);
	if (want == 0)
		return 0;
	file->chunk = malloc(want);
	if (file->chunk == NULL)
		return E_BUSY;
	len = pread(fd, file->chunk, want, (off_t)file->offset);
	if (len <= 0) /* it has become shorter */
		return E_IO;
	file->chunk_len = (size_t)len;
	file->offset += (uint64_t)len;
	return 0;
}

void http_file_finish(struct http_file *file)
{
	free(TAKE(file->chunk));
	file->chunk_len = 0;
}

/* What errno says of a path that somebody asked for. */
static int failure(void)
{
	switch (errno) {
	case EMFILE:
	case ENFILE:
	case ENOMEM:
		return E_BUSY;
	case EIO:
		return E_IO;
	default:
		return E_NOT_FOUND;
	}
}

const char *http_file_type(const char *name)
{
	/* clang-format off */
	static const struct {
		const char *suffix, *type;
	} types[] = {
		{"avif",  "image/avif"},
		{"css",   "text/css; charset=utf-8"},
		{"csv",   "text/csv; charset=utf-8"},
		{"gif",   "image/gif"},
		{"htm",   "text/html; charset=utf-8"},
		{"html",  "text/html; charset=utf-8"},
		{"ico",   "image/x-icon"},
		{"jpeg",  "image/jpeg"},
		{"jpg",   "image/jpeg"},
		{"js",    "text/javascript; charset=utf-8"},
		{"json",  "application/json"},
		{"map",   "application/json"},
		{"md",    "text/markdown; charset=utf-8"},
		{"mjs",   "text/javascript; charset=utf-8"},
		{"mp4",   "video/mp4"},
		{"pdf",   "application/pdf"},
		{"png",   "image/png"},
		{"svg",   "image/svg+xml"},
		{"ttf",   "font/ttf"},
		{"txt",   "text/plain; charset=utf-8"},
		{"wasm",  "application/wasm"},
		{"webmanifest", "application/manifest+json"},
		{"webp",  "image/webp"},
		{"woff",  "font/woff"},
		{"woff2", "font/woff2"},
		{"xml",   "application/xml"},
	};
	/* clang-format on */
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot != NULL && i < ARRAY_LEN(types); i++)
		if (strcasecmp(dot + 1, types[i].suffix) == 0)
			return types[i].type;
	return "application/octet-stream";
}
