/*
 * fuzz_members.c - any bytes as members.yaml or as officers.yaml; the first byte chooses which. Aborts when a promise of
 * secagg/members_file.h is broken: a list only without errors, one that is written and read again has the same hash, no
 * officers of whom less than half would do, and no list that counts without signatures.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "secagg/members_file.h"
#include "tests/fuzz/fuzz.h"

#define KEY_A "ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
#define KEY_B "ed25519:PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw="
#define KEY_C "ed25519:/FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCU="
#define ZEROS "sha256:0000000000000000000000000000000000000000000000000000000000000000"

static const char people[] = "cordon: 1\nneeded: 2\npeople:\n"
			     "  - {name: 张三, key: '" KEY_A "', valid: 2026-01-01..2026-12-31}\n"
			     "  - {name: b, key: '" KEY_B "', revoked: 2026-03-01}\n"
			     "  - {name: c, key: '" KEY_C "'}\n";
static const char list[] =
	"cordon: 1\nfederation: '" ZEROS "'\nepoch: 3\nvalid: 2026-01-01..2026-12-31\n"
	"rules:\n  colluders: third\n  h_min: 3\n  n_min: 3\n  n_max: 100\n  u_min: 5\n"
	"  suites: [aes128, chacha20]\n  life_seconds: 600\ngateways: [{name: gw, key: '" KEY_C
	"'}]\nsites:\n"
	"  - {site: s1, org: o1, key: '" KEY_A "', valid: 2026-01-01..2026-12-31}\n"
	"  - {site: s2, org: o1, key: '" KEY_B
	"', valid: 2026-01-01..2026-12-31, state: suspended}\n"
	"signatures:\n  - {who: b, key: '" KEY_B "', at: '2026-03-01T09:12:04+08:00', sig: "
	"'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="
	"'}\n";
static const char *const good[] = { list, people };

size_t fuzz_seed(size_t i, uint8_t *out, size_t room)
{
	size_t len;

	if (i >= sizeof(good) / sizeof(good[0]))
		return 0;
	len = strlen(good[i]);
	if (len + 1 > room)
		return 0;
	out[0] = (uint8_t)i;
	memcpy(out + 1, good[i], len);
	return len + 1;
}

static void require(bool held)
{
	if (!held)
		abort();
}

static void same_again(const struct members_file *f, struct arena *arena)
{
	struct error err = { .code = E_NONE };
	struct members_file *again = NULL;
	struct hash32 first, second;
	struct diags ds;
	struct text t;

	diags_init(&ds, arena);
	text_init(&t, MAX_FILE_BYTES);
	members_write(f, &t);
	require(!text_failed(&t));
	require(members_read("again", text_str(&t), t.len, arena, &ds, &again) == 0);
	require(membership_hash(&f->m, &first, &err) == 0);
	require(membership_hash(&again->m, &second, &err) == 0);
	require(hash32_equal(&first, &second) && f->n == again->n);
	text_clear(&t);
}

static void try_list(const uint8_t *data, size_t size, struct arena *arena, struct diags *ds)
{
	struct members_file *f = NULL;
	struct officers *who = NULL;
	int ret = members_read("members.yaml", data, size, arena, ds, &f);

	require((ret == 0) == (f != NULL) && (ret == 0) == (ds->errors == 0));
	if (f == NULL)
		return;
	same_again(f, arena);
	require(officers_read("who", people, strlen(people), arena, ds, &who) == 0);
	require(members_check(f, who, 20600, ds) == -1);
}

static void try_people(const uint8_t *data, size_t size, struct arena *arena, struct diags *ds)
{
	struct officers *who = NULL;
	int ret = officers_read("officers.yaml", data, size, arena, ds, &who);

	require((ret == 0) == (who != NULL) && (ret == 0) == (ds->errors == 0));
	require(who == NULL || (who->needed >= 2 && who->needed <= who->n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;
	struct diags ds;

	if (size == 0)
		return 0;
	arena_init(&arena, MAX_QUERY_ARENA);
	diags_init(&ds, &arena);
	if (data[0] % 2 == 0)
		try_list(data + 1, size - 1, &arena, &ds);
	else
		try_people(data + 1, size - 1, &arena, &ds);
	for (size_t i = 0; i < ds.count; i++)
		require(utf8_valid(ds.list[i].en, strlen(ds.list[i].en)) &&
			utf8_valid(ds.list[i].zh, strlen(ds.list[i].zh)));
	arena_clear(&arena);
	return 0;
}
