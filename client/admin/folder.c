/* Reading a plan's folder from disk. */
#include "client/admin/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"

#define PATH_SIZE 4096
#define DEPTH_MAX 4

static int read_tree(struct admin *admin, const char *path, const char *prefix,
                     unsigned depth, struct folder *folder);

static bool is_folder(const char *path)
{
	struct stat about;

	return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

/* "plans/calendar" for "plans/changsha-2022-55/" */
static const char *beside(struct arena *arena, const char *path, const char *name)
{
	size_t len = strlen(path);
	const char *slash;

	while (len > 1 && path[len - 1] == '/')
		len--;
	slash = memrchr(path, '/', len);
	if (slash == NULL)
		return name;
	return arena_printf(arena, "%.*s/%s", (int)(slash - path), path, name);
}

int folder_read(struct admin *admin, const char *path, const char *with,
                const char *calendar, struct folder *ret_folder)
{
	const char *usual = beside(&admin->arena, path, "calendar");
	struct folder folder = {.files = NULL};
	int code = read_tree(admin, path, "", 0, &folder);

	if (code == ADMIN_OK && with != NULL)
		code = read_tree(admin, with, "sample/", 0, &folder);
	if (calendar == NULL && usual != NULL && is_folder(usual))
		calendar = usual;
	if (code == ADMIN_OK && calendar != NULL)
		code = read_tree(admin, calendar, "calendar/", 0, &folder);
	if (code == ADMIN_OK)
		*ret_folder = folder;
	return code;
}

static int read_file(struct admin *admin, const char *path, const char *name,
                     struct folder *folder)
{
	AUTO(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct plan_file *larger;
	struct stat about;
	uint8_t *data;

	if (fd < 0 || fstat(fd, &about) != 0)
		return admin_error(_("%s：%s"), path, text_errno(errno));
	if (!S_ISREG(about.st_mode)) {
		(void)admin_error(_("%s：不是普通文件"), path);
		return ADMIN_REFUSED;
	}
	if (about.st_size > PLAN_FILE_SIZE_MAX) {
		(void)admin_error(_("%s：大于 %d 字节"), path, PLAN_FILE_SIZE_MAX);
		return ADMIN_REFUSED;
	}
	if (folder->count == PLAN_FILES_MAX) {
		(void)admin_error(_("%s：方案的文件多于 %d 个"), path, PLAN_FILES_MAX);
		return ADMIN_REFUSED;
	}
	data = arena_alloc(&admin->arena, (size_t)about.st_size + 1);
	larger = arena_grow(&admin->arena, folder->files, folder->count,
	                    &folder->capacity, sizeof(*folder->files));
	if (data == NULL || larger == NULL)
		return admin_error("%s", text_err(E_NOMEM));
	if (read(fd, data, (size_t)about.st_size) != (ssize_t)about.st_size)
		return admin_error(_("%s：%s"), path, text_errno(errno));
	folder->files = larger;
	folder->files[folder->count++] = (struct plan_file){
		.name = arena_strdup(&admin->arena, name),
		.content = bytes_of(data, (size_t)about.st_size),
	};
	return ADMIN_OK;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int read_entry(struct admin *admin, const char *path, const char *prefix,
                      unsigned depth, const char *name, struct folder *folder)
{
	char *below = arena_printf(&admin->arena, "%s/%s", path, name);
	char *full = arena_printf(&admin->arena, "%s%s", prefix, name);
	size_t len = strlen(name);

	if (below == NULL || full == NULL)
		return admin_error("%s", text_err(E_NOMEM));
	if (name[0] == '.')
		return ADMIN_OK;
	if (is_folder(below)) {
		full = arena_printf(&admin->arena, "%s%s/", prefix, name);
		return full == NULL ? admin_error("%s", text_err(E_NOMEM))
		                    : read_tree(admin, below, full, depth + 1, folder);
	}
	if (len < 5 || strcmp(name + len - 5, ".yaml") != 0)
		return ADMIN_OK;
	return read_file(admin, below, full, folder);
}

static int read_tree(struct admin *admin, const char *path, const char *prefix,
                     unsigned depth, struct folder *folder)
{
	struct dirent **entries;
	int code = ADMIN_OK;
	int count = depth < DEPTH_MAX ? scandir(path, &entries, NULL, by_name) : -1;

	if (count < 0) {
		(void)admin_error(_("%s：%s"), path,
		                  text_errno(depth < DEPTH_MAX ? errno : ELOOP));
		return ADMIN_USAGE;
	}
	for (int i = 0; i < count; i++) {
		if (code == ADMIN_OK)
			code = read_entry(admin, path, prefix, depth, entries[i]->d_name,
			                  folder);
		free(entries[i]);
	}
	free(entries);
	return code;
}
