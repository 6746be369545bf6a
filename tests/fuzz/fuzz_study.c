/*
 * fuzz_study.c - any bytes as a proposed study (gateway/proposal.h). Promises: no crash; what is refused says why in both
 * languages; what is taken is written and read again as the same (P2), and its entry, put into a studies.yaml, is one
 * study with the id, the title and the members that were proposed, whatever they say (P1, P3).
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/node.h"
#include "base/shape.h"
#include "gateway/proposal.h"
#include "tests/fuzz/fuzz.h"

enum {
	BYTES = 1 << 22
};

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void check_refused(const struct diags *ds, const struct error *err)
{
	must(err->code != E_NONE && err->say.en[0] != '\0' && err->say.zh[0] != '\0');
	for (size_t i = 0; i < ds->count; i++)
		must(utf8_valid(ds->list[i].en, strlen(ds->list[i].en)) &&
			utf8_valid(ds->list[i].zh, strlen(ds->list[i].zh)));
}

/* As the policy's reader begins: the same reader of trees, at its depth. */
static void check_entry(const struct proposal *p, struct arena *a)
{
	static const char head[] = "roles: {}\nstudies:\n  - id: BEFORE\n";
	const struct node *studies, *mine;
	struct node *root = NULL;
	struct diags ds;
	struct text t;

	diags_init(&ds, a);
	text_init(&t, BYTES);
	text_add(&t, head);
	proposal_entry(p, "li@a", INT64_C(1795737600000), &t);
	text_add(&t, "  - id: AFTER\n");
	must(!text_failed(&t));
	must(node_read("studies.yaml", text_str(&t), t.len, MAX_DEPTH, a, &ds, &root) == 0);
	must(ds.count == 0 && root->count == 2);
	studies = node_get(root, "studies");
	must(studies != NULL && studies->count == 3);
	mine = studies->first->next;
	must(strcmp(node_text(node_get(mine, "id")), p->id) == 0);
	must(strcmp(node_title(node_get(mine, "title")).en, p->title.en) == 0);
	must(strcmp(node_title(node_get(mine, "title")).zh, p->title.zh) == 0);
	must(node_get(mine, "requesters")->count == p->n_members);
	must(node_get(mine, "may_use")->count == p->may_use.n);
	must(node_get(mine, "kinds")->count == p->kinds.n);
	must(node_get(mine, "datasets")->count == p->datasets.n);
	must(mine->count == (p->purpose.n > 0 ? 8 : 7));
	text_clear(&t);
}

static void check_taken(const struct proposal *p, struct arena *a)
{
	struct proposal again;
	struct text once, twice;
	struct error err;
	struct diags ds;

	diags_init(&ds, a);
	text_init(&once, BYTES);
	text_init(&twice, BYTES);
	proposal_write(p, &once);
	must(!text_failed(&once));
	must(proposal_read(&again, text_str(&once), once.len, a, &ds, &err) == 0);
	proposal_write(&again, &twice);
	must(strcmp(text_str(&once), text_str(&twice)) == 0);
	check_entry(&again, a);
	text_clear(&once);
	text_clear(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = { .code = E_NONE };
	struct proposal p;
	struct arena a;
	struct diags ds;

	arena_init(&a, 64 << 20);
	diags_init(&ds, &a);
	if (proposal_read(&p, data, size, &a, &ds, &err) != 0)
		check_refused(&ds, &err);
	else
		check_taken(&p, &a);
	arena_clear(&a);
	return 0;
}

static const char *const seeds[] = {
	"{\"id\":\"DM-9\",\"title\":{\"zh\":\"课题\",\"en\":\"A \\\"study\\\": #\"},\"purpose\":[\"DUO:0000007\"],"
	"\"members\":[{\"account\":\"li@a.example\",\"role\":\"analyst\"}],\"kinds\":[\"count\"],\"datasets\":[\"omop\"],"
	"\"may_use\":[\"cdm.person.year_of_birth\",\"measure:hba1c\"],\"budget\":{\"rho\":\"0.5\"},"
	"\"valid\":{\"from\":\"2026-03-01\",\"to\":\"2026-12-31\"},\"note\":\"a\\nb: - #\\\\\"}",
	"{\"id\":\"1e3\",\"title\":\"no\",\"members\":[{\"account\":\"-a\",\"role\":\"-\"},{\"account\":\"1.\",\"role\":\".\"}],"
	"\"kinds\":[\"mean\",\"survival\"],\"datasets\":[\"-\"],\"may_use\":[\"患者.表.列\"],"
	"\"valid\":{\"from\":\"2026-03-01\",\"to\":\"2026-03-01\"},\"note\":\"\\t\"}",
};

size_t fuzz_seed(size_t i, uint8_t *out, size_t room)
{
	size_t len = i < sizeof(seeds) / sizeof(seeds[0]) ? strlen(seeds[i]) : 0;

	if (len == 0 || len > room)
		return 0;
	memcpy(out, seeds[i], len);
	return len;
}
