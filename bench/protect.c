/*
 * protect.c - what protection adds to the answer of a histogram of 200 cells: the agent's own noise, threshold, seal
 * and signature, and its two transactions, against plain fsyncs in the same folder.
 *
 *   protect [FOLDER]     FOLDER: of the disk that is meant; build
 */
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agents/protect.h"
#include "agents/state.h"
#include "crypto/account.h"

enum {
	CELLS = 200,
	AREAS = 20,
	ROUNDS = 300
};

enum {
	DRAW,
	CELL,
	SEAL,
	HOLD,
	SETTLE,
	FSYNC,
	PARTS
};
static double took[PARTS + 1][ROUNDS];

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "protect: %s\n", what);
	exit(1);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void tell(const char *name, double *ms)
{
	qsort(ms, ROUNDS, sizeof(*ms), by_size);
	printf("  %-46s %7.3f ms   (nine of ten: %.3f)\n", name, ms[ROUNDS / 2],
		ms[ROUNDS * 9 / 10]);
}

/* ---- the question ---- */

static const struct policy policy = { .version = 1 };
static const struct budget budget = { .id = "bench" };
static const char *labels[AREAS];
static struct plan plan = { .policy = &policy,
	.gaussian = true,
	.min_patients = 10,
	.amount = UINT64_C(24400000000),
	.n_cells = CELLS,
	.of = { .kind = KIND_HISTOGRAM },
	.n_dims = 2,
	.dims = { { .name = "area", .labels = labels, .n_labels = AREAS },
		{ .name = "age", .labels = labels, .n_labels = CELLS / AREAS } },
	.charges = { { .account = "study:bench", .budget = &budget },
		{ .account = "requester:bench", .budget = &budget },
		{ .account = "dataset:bench", .budget = &budget } },
	.n_charges = 3 };

static void write_labels(void)
{
	static char texts[AREAS][8];

	for (int i = 0; i < AREAS; i++) {
		snprintf(texts[i], sizeof(texts[i]), "%d", 100000 + i);
		labels[i] = texts[i];
	}
}

/* ---- one answer ---- */

struct answer {
	char id[32];
	struct hash32 question;
	int64_t cells[CELLS], noise[CELLS];
	struct arena arena;
	struct view sealed, signature;
};

static void hold(struct state *st, const struct answer *a)
{
	const struct ledger_cost cost = { .id = a->id,
		.question = &a->question,
		.charges = plan.charges,
		.n_charges = plan.n_charges,
		.prho = plan.noise.cost_prho,
		.peps = plan.noise.cost_peps,
		.at_ms = 1,
		.day = 1 };
	struct error err;

	if (state_begin(st, &err) != 0 || ledger_hold(st->ledger, &cost, NULL, &err) != 0 ||
		releases_pay(st->db, &a->question, 1, &err) != 0 || state_commit(st, &err) != 0)
		fail(err.log);
}

static void settle(struct state *st, const struct answer *a)
{
	const struct release_key key = { &a->question, &policy.hash, "2026-11" };
	const struct response response = { a->question, "bench", a->sealed, false };
	const struct audit_note note = { .kind = "step", .id = a->id, .to = "released" };
	struct error err;

	if (audit_add(st->audit, &note, &err) != 0 || state_begin(st, &err) != 0 ||
		ledger_settle(st->ledger, a->id, true, 2, 1, &err) != 0 ||
		releases_keep(st->db, &key, a->sealed, a->signature, 2, &err) != 0 ||
		responses_keep(st->db, a->id, &response, 2, &err) != 0 ||
		state_commit(st, &err) != 0)
		fail(err.log);
}

static void once(struct state *st, EVP_PKEY *key, int round)
{
	static struct answer a;
	const struct protect_about about = {
		.question = &a.question, .site = "bench", .data = "2026-11", .key = key
	};
	struct error err;
	double t[SETTLE + 2];

	snprintf(a.id, sizeof(a.id), "q%d", round);
	a.question = sha256(a.id, strlen(a.id));
	for (int i = 0; i < CELLS; i++)
		a.cells[i] = 7 * i;
	arena_init(&a.arena, 1 << 20);
	t[DRAW] = now();
	if (protect_draw(&plan, a.noise, &err) != 0)
		fail(err.log);
	t[CELL] = now();
	protect_cells(&plan, a.cells, a.noise);
	t[SEAL] = now();
	if (protect_seal(&plan, &about, a.cells, &a.arena, &a.sealed, &a.signature, &err) != 0)
		fail(err.log);
	t[HOLD] = now();
	hold(st, &a);
	t[SETTLE] = now();
	settle(st, &a);
	t[SETTLE + 1] = now();
	for (int i = DRAW; i <= SETTLE; i++)
		took[i][round] = t[i + 1] - t[i];
	took[PARTS][round] = t[SETTLE + 1] - t[DRAW];
	arena_clear(&a.arena);
}

static void sync_alone(int folder)
{
	static const char page[8192];
	int fd = openat(folder, "plain", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		fail("no file");
	for (int i = 0; i < ROUNDS; i++) {
		double from = now();
		if (pwrite(fd, page, sizeof(page), (off_t)i * (off_t)sizeof(page)) !=
				(ssize_t)sizeof(page) ||
			fsync(fd) != 0)
			fail("no fsync");
		took[FSYNC][i] = now() - from;
	}
	close(fd);
}

static void clean(const char *folder)
{
	static const char *const names[] = { "ledger.db", "ledger.db-wal", "ledger.db-shm", "lock",
		"plain" };
	char path[300];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	if (rmdir(folder) != 0)
		fprintf(stderr, "protect: %s is left\n", folder);
}

int main(int argc, char **argv)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	char folder[200];
	struct state st;
	struct error err;

	snprintf(folder, sizeof(folder), "%s/protect.XXXXXX", argc > 1 ? argv[1] : "build");
	if (key == NULL || mkdtemp(folder) == NULL || state_open(&st, folder, &err) != 0)
		fail("no folder for the ledger");
	write_labels();
	for (unsigned i = 0; i < plan.n_charges; i++)
		plan.charges[i].to = 100;
	if (plan_price(&plan, &err) != 0)
		fail(err.log);
	for (unsigned i = 0; i < plan.n_charges; i++)
		plan.charges[i].cap = INT64_MAX;
	for (int i = 0; i < ROUNDS; i++)
		once(&st, key, i);
	state_close(&st);
	int at = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	sync_alone(at);
	close(at);
	clean(folder);
	EVP_PKEY_free(key);
	puts("protection of a histogram of 200 cells (wall time, median)");
	tell("noise, from a table made for it", took[DRAW]);
	tell("noise added, threshold, wiping", took[CELL]);
	tell("seal and signature", took[SEAL]);
	tell("the price held, on disk", took[HOLD]);
	tell("settled and stored, on disk", took[SETTLE]);
	tell("all of it", took[PARTS]);
	tell("8 kB and an fsync here, nothing else", took[FSYNC]);
	return 0;
}
