// SPDX-License-Identifier: GPL-2.0
/*
 * Stands in for libFuzzer where there is no clang: changes the seeds at random,
 * the same way every time.
 *
 *	frame_fuzz RUNS SEED...
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define SEED_MAX	1024
#define INPUT_MAX	(2 * SEED_MAX)

struct seed {
	uint8_t bytes[SEED_MAX];
	size_t len;
};

static struct seed *seeds;
static unsigned int count;
static uint64_t state = 6780;

/* xorshift64 */
static unsigned int random_below(size_t limit)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;

	return (unsigned int)((state >> 32) % limit);
}

static void read_seed(const char *path, struct seed *seed)
{
	FILE *file = fopen(path, "rb");

	if (!file) {
		perror(path);
		exit(2);
	}
	seed->len = fread(seed->bytes, 1, sizeof(seed->bytes), file);
	fclose(file);
	if (!seed->len || seed->len == sizeof(seed->bytes)) {
		fprintf(stderr, "%s: empty or too long\n", path);
		exit(2);
	}
}

/* One change of the @len bytes at @p, of INPUT_MAX; how many they are then */
static size_t mutate(uint8_t *p, size_t len)
{
	static const uint8_t edges[] = { 0, 1, 0x7f, 0x80, 0xfe, 0xff };
	const struct seed *other = &seeds[random_below(count)];
	size_t at = random_below(len), part;

	switch (random_below(6)) {
	case 0:
		p[at] ^= (uint8_t)(1 << random_below(8));
		break;
	case 1:
		p[at] = edges[random_below(sizeof(edges))];
		break;
	case 2:
		p[at] = (uint8_t)random_below(256);
		break;
	case 3:
		return at + 1;
	case 4:
		/* another frame behind it */
		part = other->len < INPUT_MAX - len ? other->len :
						      INPUT_MAX - len;
		memcpy(p + len, other->bytes, part);
		return len + part;
	case 5:
		/* another frame's bytes within it */
		part = random_below(other->len) + 1;
		if (part > len - at)
			part = len - at;
		memcpy(p + at, other->bytes + random_below(other->len - part + 1),
		       part);
		break;
	}

	return len;
}

int main(int argc, char **argv)
{
	unsigned long runs, run;
	uint8_t *input, *exact;
	unsigned int changes;
	size_t len;

	if (argc < 3) {
		fprintf(stderr, "usage: %s RUNS SEED...\n", argv[0]);
		return 2;
	}
	runs = strtoul(argv[1], NULL, 10);
	count = (unsigned int)argc - 2;
	seeds = calloc(count, sizeof(*seeds));
	input = malloc(INPUT_MAX);
	if (!seeds || !input)
		return 2;
	for (unsigned int i = 0; i < count; i++) {
		read_seed(argv[i + 2], &seeds[i]);
		LLVMFuzzerTestOneInput(seeds[i].bytes, seeds[i].len);
	}

	for (run = 0; run < runs; run++) {
		const struct seed *seed = &seeds[random_below(count)];

		len = seed->len;
		memcpy(input, seed->bytes, len);
		for (changes = random_below(8); changes; changes--)
			len = mutate(input, len);

		/* nothing behind it that could be read unseen */
		exact = malloc(len);
		if (!exact)
			return 2;
		memcpy(exact, input, len);
		LLVMFuzzerTestOneInput(exact, len);
		free(exact);
	}
	free(input);
	free(seeds);
	printf("%lu executions, 0 crashes\n", runs);

	return 0;
}
