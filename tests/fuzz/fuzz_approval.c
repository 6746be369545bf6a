/*
 * fuzz_approval.c - any bytes as approval.yaml or as approvers.yaml; the first byte chooses which. Aborts when a
 * promise of policies/approval/approval.h is broken: an approval or a list only without errors, sentences in both languages, a
 * text that is read again as it was written, and no signature that nobody made.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "policies/approval/approval.h"
#include "tests/fuzz/fuzz.h"

#define KEY_A "ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
#define KEY_B "ed25519:PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw="
#define ZEROS "sha256:0000000000000000000000000000000000000000000000000000000000000000"

static const char people[] =
	"cordon: 1\nrequired: [compliance, data-owner]\npeople:\n"
	"  - {name: officer-a, roles: [compliance], key: '" KEY_A
	"', valid: 2026-01-01..2026-12-31}\n"
	"  - {name: 张三, roles: [data-owner, ethics], key: '" KEY_B "', revoked: 2026-03-01}\n";
static const char approval[] =
	"cordon: 1\npolicy: {site: s1, version: 7, hash: '" ZEROS "'}\n"
	"replaces: {version: 6, hash: '" ZEROS "', effect: '" ZEROS "'}\n"
	"files:\n  - {name: policy.yaml, size: 12, hash: '" ZEROS "'}\n"
	"signatures:\n  - {who: officer-a, role: compliance, key: '" KEY_A
	"', at: '2026-03-01T09:12:04+08:00', sig: "
	"'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="
	"'}\n";
static const char *const good[] = { approval, people };

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

struct room {
	struct arena arena, words;
	struct diags ds;
};

static void room_init(struct room *r)
{
	arena_init(&r->arena, MAX_QUERY_ARENA);
	arena_init(&r->words, MAX_QUERY_ARENA);
	diags_init(&r->ds, &r->words);
}

static void room_clear(struct room *r)
{
	for (size_t i = 0; i < r->ds.count; i++)
		require(utf8_valid(r->ds.list[i].en, strlen(r->ds.list[i].en)) &&
			utf8_valid(r->ds.list[i].zh, strlen(r->ds.list[i].zh)));
	arena_clear(&r->arena);
	arena_clear(&r->words);
}

/* Written, read and written again it is the same. */
static void check_text(const struct approval *a)
{
	struct approval *again = NULL;
	struct text first, second;
	struct room r;

	room_init(&r);
	text_init(&first, MAX_FILE_BYTES);
	text_init(&second, MAX_FILE_BYTES);
	approval_write(a, &first);
	require(!text_failed(&first));
	if (approval_read("a", text_str(&first), first.len, &r.arena, &r.ds, &again) == 0) {
		approval_write(again, &second);
		require(strcmp(text_str(&first), text_str(&second)) == 0);
	}
	text_clear(&first);
	text_clear(&second);
	room_clear(&r);
}

static void try_approval(const uint8_t *data, size_t size, struct room *r)
{
	struct approvers *who = NULL;
	struct approval *a = NULL;
	int ret = approval_read("approval.yaml", data, size, &r->arena, &r->ds, &a);

	require((ret == 0) == (a != NULL) && (ret == 0) == (r->ds.errors == 0));
	if (a == NULL)
		return;
	check_text(a);
	require(approvers_read("who", people, strlen(people), &r->arena, &r->ds, &who) == 0);
	if (a->n > 0)
		require(approval_signatures(a, who, 20600, &r->ds) == -1);
}

static void try_people(const uint8_t *data, size_t size, struct room *r)
{
	struct approvers *who = NULL;
	int ret = approvers_read("approvers.yaml", data, size, &r->arena, &r->ds, &who);

	require((ret == 0) == (who != NULL) && (ret == 0) == (r->ds.errors == 0));
	require(who == NULL || who->n_required >= 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct room r;

	if (size == 0)
		return 0;
	room_init(&r);
	if (data[0] % 2 == 0)
		try_approval(data + 1, size - 1, &r);
	else
		try_people(data + 1, size - 1, &r);
	room_clear(&r);
	return 0;
}
