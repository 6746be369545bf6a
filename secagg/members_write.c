#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "crypto/signing.h"
#include "secagg/members_file.h"

/*
 * members.yaml written: by name, so that two lists can be compared line by line.
 */

enum {
	DAY_S = 86400
};

static void add_valid(struct text *out, int64_t from_s, int64_t until_s)
{
	char from[16], to[16];

	day_text((int32_t)(from_s / DAY_S), from);
	day_text((int32_t)(until_s / DAY_S) - 1, to);
	text_addf(out, "valid: %s..%s", from, to);
}

static void add_rules(struct text *out, const struct sum_rules *r)
{
	static const struct {
		unsigned suite;
		const char *word;
	} suites[] = { { SUITE_AES128, "aes128" }, { SUITE_AES256, "aes256" },
		{ SUITE_CHACHA20, "chacha20" } };
	const char *between = "";

	text_add(out, "rules:\n  colluders: ");
	if (r->third)
		text_add(out, "third\n");
	else
		text_addf(out, "%llu\n", (unsigned long long)r->colluders);
	text_addf(out, "  h_min: %llu\n  n_min: %llu\n  n_max: %llu\n",
		(unsigned long long)r->h_min, (unsigned long long)r->n_min,
		(unsigned long long)r->n_max);
	if (r->u_min != 0)
		text_addf(out, "  u_min: %llu\n", (unsigned long long)r->u_min);
	text_add(out, "  suites: [");
	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
		if ((r->suites >> suites[i].suite & 1) == 0)
			continue;
		text_addf(out, "%s%s", between, suites[i].word);
		between = ", ";
	}
	text_addf(out, "]\n  life_seconds: %llu\n", (unsigned long long)r->life_s);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(
		(*(const struct member *const *)a)->site, (*(const struct member *const *)b)->site);
}

static void add_sites(struct text *out, const struct membership *m)
{
	const struct member **order = calloc(m->n_members + 1, sizeof(*order));
	char key[SIGNING_KEY_TEXT];

	text_add(out, m->n_members == 0 ? "sites: []\n" : "sites:\n");
	for (uint64_t i = 0; order != NULL && i < m->n_members; i++)
		order[i] = &m->members[i];
	if (order == NULL)
		out->failed = true;
	else if (m->n_members > 0)
		qsort(order, m->n_members, sizeof(*order), by_name);
	for (uint64_t i = 0; order != NULL && i < m->n_members; i++) {
		text_addf(out, "  - {site: \"%s\", org: \"%s\", key: \"%s\", ", order[i]->site,
			order[i]->org, signing_key_text(order[i]->key, key));
		add_valid(out, order[i]->from_s, order[i]->until_s);
		text_add(
			out, order[i]->state == MEMBER_SUSPENDED ? ", state: suspended}\n" : "}\n");
	}
	free(order);
}

static void add_gateways(struct text *out, const struct membership *m)
{
	char key[SIGNING_KEY_TEXT];

	text_add(out, m->n_gateways == 0 ? "gateways: []\n" : "gateways:\n");
	for (uint64_t i = 0; i < m->n_gateways; i++)
		text_addf(out, "  - {name: \"%s\", key: \"%s\"}\n", m->gateways[i].name,
			signing_key_text(m->gateways[i].key, key));
}

void officers_write_signatures(const struct member_signature *all, unsigned n, struct text *out)
{
	if (n > 0)
		text_add(out, "signatures:\n");
	for (unsigned i = 0; i < n; i++) {
		text_add(out, "  - {who: ");
		text_add_json(out, all[i].who);
		text_addf(out, ", key: \"%s\",\n     at: \"%s\", sig: ", all[i].key, all[i].at);
		text_add_json(out, all[i].sig);
		text_add(out, "}\n");
	}
}

void members_write(const struct members_file *f, struct text *out)
{
	char hash[HASH_TEXT];

	text_addf(out,
		"# Members of the federation's secure sums: cordon ca manifest show, verify. Any "
		"change "
		"makes the signatures\n"
		"# worthless and wants the next epoch.\n"
		"cordon: 1\nfederation: \"%s\"\nepoch: %llu\n",
		hash32_text(&f->m.federation, hash), (unsigned long long)f->m.epoch);
	add_valid(out, f->m.from_s, f->m.until_s);
	text_addc(out, '\n');
	add_rules(out, &f->m.rules);
	add_gateways(out, &f->m);
	add_sites(out, &f->m);
	officers_write_signatures(f->signatures, f->n, out);
}
