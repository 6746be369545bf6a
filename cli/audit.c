#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/ca_manifest.h"
#include "cli/desk.h"
#include "cli/field.h"
#include "crypto/shared_noise.h"
#include "secagg/transcript.h"

/*
 * `cordon audit verify`: makes a secure sum again from its record, and holds what the gateway shows against it. The list
 * of members and its officers come from files that the person has by other ways than the gateway.
 */

struct audit {
	const struct cli *cli;
	struct manifest list; /* members and officers, read and checked */
	json_t *reply;        /* owned */
	uint8_t *bytes;       /* the record */
	struct transcript made;
	struct shared_noise noise;
};

static int differs(struct error *err, const char *why)
{
	return error_set(err, E_CRYPTO,
		SAY("the gateway shows another sum than its record does",
			"网关所示总和与其记录不符"),
		"%s", why);
}

static int read_list(struct audit *a, const char *members, const char *officers)
{
	struct manifest *m = &a->list;
	int status;

	m->cli = a->cli;
	arena_init(&m->arena, MAX_QUERY_ARENA);
	diags_init(&m->ds, &m->arena);
	status = manifest_read(m, members, &m->list, NULL);
	if (status == EXIT_ANSWERED)
		status = manifest_read(m, officers, NULL, &m->who);
	if (status == EXIT_ANSWERED && members_check(m->list, m->who, clock_today(), &m->ds) != 0) {
		cli_diags(a->cli, &m->ds, NULL, 0);
		status = EXIT_NO;
	}
	return status;
}

/* Heap bytes of a field. */
static uint8_t *decoded(const json_t *o, const char *key, size_t *len)
{
	const char *text = field_word(o, key);
	size_t room = strlen(text) / 4 * 3 + 1;
	uint8_t *bytes = malloc(room);

	if (bytes != NULL && base64_decode(text, bytes, room, len))
		return bytes;
	free(bytes);
	return NULL;
}

static int read_noise(struct audit *a, struct error *err)
{
	size_t len = 0;
	uint8_t *bytes = decoded(a->reply, "noise", &len);
	int ret = bytes == NULL ? differs(err, "no noise")
				: shared_noise_decode(bytes, len, &a->noise, err);
	struct hash32 h;

	free(bytes);
	if (ret != 0)
		return -1;
	h = shared_noise_hash(&a->noise);
	if (!hash32_equal(&h, &a->made.invite.noise) ||
		shared_noise_words(&a->noise) != a->made.invite.words)
		return differs(err, "its noise is not the one that the sites took");
	return 0;
}

static int read_record(struct audit *a, struct error *err)
{
	size_t len = 0;

	a->bytes = decoded(a->reply, "transcript", &len);
	if (a->bytes == NULL)
		return differs(err, "no record");
	return transcript_verify(&a->made, a->bytes, len, &a->list.list->m, err);
}

/* ---- what the gateway shows ---- */

static int check_question(const struct audit *a, const json_t *answer, struct error *err)
{
	struct hash32 shown;

	if (!hash32_parse(field_word(answer, "question"), &shown) ||
		!hash32_equal(&shown, &a->made.invite.question))
		return differs(err, "the record is of another question");
	return 0;
}

static bool contributed(const struct audit *a, const char *site)
{
	for (uint64_t i = 0; i < a->made.contributors; i++)
		if (strcmp(a->made.who[i]->site, site) == 0)
			return true;
	return false;
}

/* The same sites, and the strictest multiple in which they want numbers to be shown. */
static int check_sites(
	const struct audit *a, const json_t *answer, int64_t *round_to, struct error *err)
{
	const json_t *sites = json_object_get(answer, "sites"), *one;
	uint64_t summed = 0;
	size_t i;

	*round_to = 1;
	json_array_foreach(sites, i, one) {
		int64_t g = 1;

		if (strcmp(field_word(one, "state"), "summed") != 0)
			continue;
		if (!contributed(a, field_word(one, "site")))
			return differs(err, "a hospital that is said to be in the sum is not");
		if (field_int(one, "round_to", &g) && g > *round_to)
			*round_to = g;
		summed++;
	}
	return summed == a->made.contributors
		       ? 0
		       : differs(err, "a hospital in the sum is not shown in it");
}

/* Where a cell of the answer - tuples, in them layers, in them points - stands among the words: layers first. */
static uint64_t word_at(const struct audit *a, uint64_t cell, uint64_t points)
{
	uint64_t layers = a->noise.n_layers, layer = cell / points % layers;
	uint64_t tuple = cell / points / layers;

	return layer * a->noise.n_cells + tuple * points + cell % points;
}

static uint64_t points_of(const json_t *cells)
{
	int64_t point, most = 0;
	const json_t *one;
	size_t i;

	json_array_foreach(cells, i, one)
		if (field_int(one, "point", &point) && point > most)
			most = point;
	return (uint64_t)most + 1;
}

static int check_cells(
	const struct audit *a, const json_t *answer, int64_t round_to, struct error *err)
{
	const json_t *cells = json_object_get(json_object_get(answer, "total"), "cells"), *one;
	uint64_t points = points_of(cells), shown = 0;
	size_t i;

	if (json_array_size(cells) != a->made.invite.words || a->noise.n_cells % points != 0)
		return differs(err, "it shows another number of cells");
	json_array_foreach(cells, i, one) {
		uint64_t at = word_at(a, i, points);
		int64_t lattice = (int64_t)a->noise.layers[at / a->noise.n_cells].lattice, value;
		int64_t g = at < a->noise.n_cells ? round_to : 1;
		__int128 far;

		if (!field_int(one, "value", &value))
			continue; /* kept back: below the threshold of one of the sites */
		far = (__int128)value * lattice - (int64_t)a->made.words[at];
		/* rounded off the lattice, and then to what is shown */
		if (far > (__int128)g * lattice || far < -(__int128)g * lattice)
			return differs(err, "a number that it shows is not of the sum");
		shown++;
	}
	return shown > 0 || a->noise.law != SHARED_NONE ? 0 : differs(err, "it shows no number");
}

static int check_shown(const struct audit *a, struct error *err)
{
	const json_t *answer = json_object_get(a->reply, "answer");
	int64_t round_to;

	if (check_question(a, answer, err) != 0 || check_sites(a, answer, &round_to, err) != 0)
		return -1;
	return check_cells(a, answer, round_to, err);
}

/* ---- telling ---- */

static void tell_verified(const struct audit *a, const char *id)
{
	char hash[HASH_TEXT];

	fprintf(a->cli->out,
		a->cli->zh ? "问题 %s：总和已重算，所有签名有效，所示答案与之相符。\n"
			     "  站点 %" PRIu64 " 个，计入 %" PRIu64 " 个，名单第 %" PRIu64
			     " 期\n  ctx %s\n"
			   : "question %s: the sum was made again, every signature holds, and it "
			     "is what is shown.\n"
			     "  %" PRIu64 " hospitals, %" PRIu64
			     " in the sum, list of epoch %" PRIu64 "\n  ctx %s\n",
		id, a->made.sites, a->made.contributors, a->made.invite.epoch,
		hash32_text(&a->made.ctx, hash));
	for (uint64_t i = 0; i < a->made.contributors; i++)
		fprintf(a->cli->out, "  %s\n", a->made.who[i]->site);
}

static int verify(struct audit *a, const char *id)
{
	struct error err = { .code = E_NONE };
	char path[120];
	int status;

	snprintf(path, sizeof(path), "/v1/questions/%s/transcript", id);
	status = desk_fetch(a->cli, path, &a->reply);
	if (status != EXIT_ANSWERED)
		return status;
	if (read_record(a, &err) != 0 || read_noise(a, &err) != 0 || check_shown(a, &err) != 0)
		return cli_fail(a->cli, EXIT_NO, &err);
	tell_verified(a, id);
	return EXIT_ANSWERED;
}

int command_audit(struct cli *cli, int argc, char **argv)
{
	const char *members = NULL, *officers = NULL;
	const struct option_of options[] = { { "--members", &members, NULL },
		{ "--officers", &officers, NULL }, { 0 } };
	struct audit a = { .cli = cli };
	int status;

	if (cli_options(cli, &argc, argv, options) != 0)
		return EXIT_INPUT;
	if (argc != 3 || strcmp(argv[1], "verify") != 0 || !id_valid(argv[2]) || members == NULL ||
		officers == NULL)
		return cli_usage(cli, "audit",
			SAY("verify, a question's id, --members and --officers",
				"需要 verify、问题编号、--members 与 --officers"));
	status = read_list(&a, members, officers);
	if (status == EXIT_ANSWERED)
		status = verify(&a, argv[2]);
	json_decref(a.reply);
	free(a.bytes);
	transcript_clear(&a.made);
	arena_clear(&a.list.arena);
	return status;
}
