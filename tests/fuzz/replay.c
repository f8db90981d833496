/*
 * Runs a fuzz target over its corpus, once, without a fuzzer: so that every build, and
 * every sanitizer, sees what the fuzzer found interesting.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/auto.h"

#define INPUT_MAX (4 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void closedirp(DIR **dir)
{
	if (*dir != NULL)
		(void)closedir(*dir);
}

static int replay(const char *folder, const char *name)
{
	AUTO(freep) char *path = NULL;
	AUTO(freep) uint8_t *data = malloc(INPUT_MAX);
	AUTO(fclosep) FILE *file = NULL;
	size_t size;

	if (data == NULL || asprintf(&path, "%s/%s", folder, name) < 0)
		return -1;
	file = fopen(path, "rb");
	if (file == NULL)
		return -1;
	size = fread(data, 1, INPUT_MAX, file);
	(void)LLVMFuzzerTestOneInput(data, size);
	return 0;
}

int main(int argc, char **argv)
{
	AUTO(closedirp) DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;
	unsigned count = 0;

	if (dir == NULL) {
		(void)fprintf(stderr, "usage: %s CORPUS-FOLDER\n", argv[0]);
		return 2;
	}
	for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
		if (entry->d_name[0] == '.')
			continue;
		if (replay(argv[1], entry->d_name) < 0)
			return 1;
		count++;
	}
	printf("%u inputs\n", count);
	return count > 0 ? 0 : 1;
}
