/*
 * audit.c - `cordon audit`: an auditor's half of a secure sum. Makes the answer again from its record, which needs
 * the list of members and the officers' public keys and nothing of the gateway's word, and holds it against the answer
 * that was published.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "answer/audit.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "cli/audit_differ.h"
#include "cli/field.h"
#include "cli/gate.h"
#include "cli/plain.h"
#include "cli/show.h"
#include "cli/table.h"
#include "paillier/tp_file.h"
#include "secagg/members_file.h"
#include "wire/message.h"

enum {
	AUDIT_ARENA = 256 << 20,
	ANSWER_FILE_BYTES = 17 << 20,
	ANSWER_BYTES_MADE = 16 << 20
};

struct auditing {
	const struct cli *cli;
	const char *id, *transcript, *answer, *members, *officers, *paillier, *out;
	struct gate gate;
	struct arena arena;
	uint8_t *record; /* heap */
	size_t len;
	struct record head; /* read, not believed */
	struct members_file *list;
	struct tp_key_file key; /* of a sum by threshold Paillier */
	bool has_key;
	json_t *published; /* NULL: nothing to compare with */
	json_t *made;
	struct audited audited;
};

static int refuse(const struct auditing *a, int status, struct say say)
{
	fprintf(a->cli->err, "cordon audit: %s\n", tell(a->cli, say));
	return status;
}

static int fail(const struct auditing *a, const struct error *err)
{
	return cli_fail(a->cli, EXIT_INPUT, err);
}

/* ---- getting it ---- */

static int reach(struct auditing *a)
{
	struct error err = { 0 };

	if (a->gate.client != NULL || gate_open(a->cli, &a->gate, &err) == 0)
		return EXIT_ANSWERED;
	return fail(a, &err);
}

static int fetch_record(struct auditing *a)
{
	struct reply reply = { 0 };
	struct error err = { 0 };
	char path[120];
	int status = reach(a);

	if (status != EXIT_ANSWERED)
		return status;
	snprintf(path, sizeof(path), "/v1/questions/%s/transcript", a->id);
	if (client_bytes(
		    a->gate.client, path, MAX_RECORD_BYTES, &a->record, &a->len, &reply, &err) != 0)
		return gate_failed(a->cli, &err);
	if (a->record == NULL)
		status = show_problem(a->cli, reply.status, reply.body);
	json_decref(reply.body);
	return status;
}

static int fetch_answer(struct auditing *a)
{
	struct reply reply = { 0 };
	struct error err = { 0 };
	char path[120];
	int status = reach(a);

	if (status != EXIT_ANSWERED)
		return status;
	snprintf(path, sizeof(path), "/v1/questions/%s", a->id);
	if (client_call(a->gate.client, "GET", path, NULL, &reply, &err) != 0)
		return gate_failed(a->cli, &err);
	if (reply.status >= 300) {
		status = show_problem(a->cli, reply.status, reply.body);
		json_decref(reply.body);
		return status;
	}
	a->published = reply.body;
	return EXIT_ANSWERED;
}

static int read_record(struct auditing *a)
{
	struct error err = { 0 };

	if (a->transcript == NULL)
		return fetch_record(a);
	if (file_read(a->transcript, MAX_RECORD_BYTES, &a->record, &a->len, &err) != 0)
		return fail(a, &err);
	return EXIT_ANSWERED;
}

static int read_answer(struct auditing *a)
{
	struct error err = { 0 };
	uint8_t *bytes = NULL;
	size_t len = 0;

	if (a->answer == NULL)
		return a->id == NULL ? EXIT_ANSWERED : fetch_answer(a);
	if (file_read(a->answer, ANSWER_FILE_BYTES, &bytes, &len, &err) != 0)
		return fail(a, &err);
	a->published = json_loadb((const char *)bytes, len, JSON_REJECT_DUPLICATES, NULL);
	free(bytes);
	if (json_is_object(a->published))
		return EXIT_ANSWERED;
	return refuse(a, EXIT_INPUT,
		SAY("--answer is an answer as `cordon show ID --json` prints it",
			"--answer 应为 cordon show 编号 --json 输出的答复"));
}

/* ---- the list of members ---- */

/* The list that was in force then, also when a later one is today; `made_under` is what the record says of itself. */
static int right_list(const struct auditing *a)
{
	struct hash32 wanted, own;
	struct error err = { 0 };
	uint64_t epoch;

	if (audit_epoch(&a->head, &epoch, &wanted, &err) != 0 ||
		membership_hash(&a->list->m, &own, &err) != 0)
		return fail(a, &err);
	if (hash32_equal(&wanted, &own))
		return EXIT_ANSWERED;
	fprintf(a->cli->err,
		a->cli->zh                  ? epoch == a->list->m.epoch
						      ? "cordon audit：求和依据的是另一份编号为 %llu "
							"的名单，与给出的（编号 %llu）不同\n"
						      : "cordon audit：求和依据编号为 %llu 的名单，给出的是编号 "
							"%llu；请给出当时的名单\n"
		: epoch == a->list->m.epoch ? "cordon audit: the sum was made under another list "
					      "of epoch %llu than the one given (epoch "
					      "%llu)\n"
					    : "cordon audit: the sum was made under the list of "
					      "epoch %llu, and the one given is of epoch "
					      "%llu: give the list that was in force then\n",
		(unsigned long long)epoch, (unsigned long long)a->list->m.epoch);
	return epoch == a->list->m.epoch ? EXIT_NO : EXIT_INPUT;
}

static int other_key(const struct auditing *a)
{
	return refuse(a, EXIT_INPUT,
		SAY("the sum was made with another key of threshold Paillier: give the one that "
		    "was in "
		    "force then",
			"求和使用的是另一把门限 Paillier 密钥，请给出当时的密钥"));
}

/* Of a sum by threshold Paillier, the key, as the officers signed it. */
static int read_key(struct auditing *a, const struct officers *who)
{
	struct error err = { 0 };
	struct diags ds;
	uint8_t *bytes = NULL;
	size_t len = 0;
	int status = EXIT_ANSWERED;

	diags_init(&ds, &a->arena);
	if (file_read(a->paillier, MAX_FILE_BYTES, &bytes, &len, &err) != 0)
		return fail(a, &err);
	if (tp_key_read(a->paillier, bytes, len, TP_BITS, &a->arena, &ds, &a->key) == 0)
		a->has_key = true;
	if (!a->has_key || tp_key_check(&a->key, true, who, clock_today(), &ds) != 0) {
		cli_diags(a->cli, &ds, (const char *)bytes, len);
		status = EXIT_INPUT;
	}
	free(bytes);
	return status;
}

static int right_key(const struct auditing *a)
{
	struct hash32 wanted;

	if (!audit_paillier(&a->head, &wanted))
		return EXIT_ANSWERED;
	if (!a->has_key)
		return refuse(a, EXIT_INPUT,
			SAY("the sum was made by threshold Paillier: --paillier names its key",
				"该求和采用门限 Paillier，请用 --paillier 给出其密钥"));
	return hash32_equal(&wanted, &a->key.k.hash) ? EXIT_ANSWERED : other_key(a);
}

/* What the officers signed, by the keys that are given here. */
static int read_list(struct auditing *a)
{
	struct members_text files[2] = { { .name = a->members }, { .name = a->officers } };
	struct officers *who = NULL;
	struct error err = { 0 };
	struct diags ds;
	uint8_t *bytes[2] = { NULL, NULL };
	int status = EXIT_ANSWERED, at = 0;

	diags_init(&ds, &a->arena);
	for (int i = 0; i < 2 && status == EXIT_ANSWERED; i++)
		if (file_read(files[i].name, MAX_FILE_BYTES, &bytes[i], &files[i].len, &err) != 0)
			status = fail(a, &err);
	if (status == EXIT_ANSWERED &&
		(members_read(files[0].name, bytes[0], files[0].len, &a->arena, &ds, &a->list) !=
				0 ||
			(at = 1, officers_read(files[1].name, bytes[1], files[1].len, &a->arena,
					 &ds, &who)) != 0 ||
			(at = 0, members_check(a->list, who, clock_today(), &ds)) != 0)) {
		cli_diags(a->cli, &ds, (const char *)bytes[at], files[at].len);
		status = EXIT_INPUT;
	}
	free(bytes[0]);
	free(bytes[1]);
	if (status == EXIT_ANSWERED && a->paillier != NULL)
		status = read_key(a, who);
	return status;
}

/* ---- making it again ---- */

static int make(struct auditing *a)
{
	struct error err = { 0 };
	struct text answer;
	int status = EXIT_ANSWERED;

	text_init(&answer, ANSWER_BYTES_MADE);
	if (audit_make(a->record, a->len, &a->list->m, a->has_key ? &a->key.k : NULL, &a->arena,
		    &answer, &a->audited, &err) != 0)
		status = cli_fail(a->cli, EXIT_NO, &err);
	else if ((a->made = json_loadb(text_str(&answer), answer.len, 0, NULL)) == NULL)
		status = fail(a, (error_memory(&err), &err));
	text_clear(&answer);
	return status;
}

/* ---- telling ---- */

static const char *suite_name(enum suite s)
{
	return s == SUITE_AES128 ? "AES-128-CTR" : s == SUITE_AES256 ? "AES-256-CTR" : "ChaCha20";
}

static bool by_paillier(const struct auditing *a)
{
	const struct view t = a->head.sum.transcript;

	return tp_transcript_is(t.at, t.len);
}

static void tell_head(const struct auditing *a)
{
	const struct stored_question *q = &a->audited.record.q;
	const struct sum_invite *i = &a->audited.sum.invite;
	FILE *out = a->cli->out;
	char when[32];

	fprintf(out, a->cli->zh ? "问题 %s  课题 " : "question %s  study ", q->id);
	plain_print(out, q->study);
	fprintf(out, a->cli->zh ? "  %s  提问者 " : "  %s  asked by ", q->kind);
	plain_print(out, q->account);
	fprintf(out,
		a->cli->zh ? "，%s\n成员名单编号 %llu，由 "
			   : ", %s\nlist of members: epoch %llu, signed by ",
		clock_iso(q->received_ms, when), (unsigned long long)i->epoch);
	for (unsigned k = 0; k < a->list->n; k++) {
		fputs(k == 0 ? "" : a->cli->zh ? "、" : ", ", out);
		plain_print(out, a->list->signatures[k].who);
	}
	if (by_paillier(a))
		fprintf(out,
			a->cli->zh ? " 签名；门限 Paillier，密钥编号 %llu\n\n"
				   : "; threshold Paillier, key of epoch %llu\n\n",
			(unsigned long long)a->key.k.epoch);
	else
		fprintf(out, a->cli->zh ? " 签名；掩码算法 %s\n\n" : "; masks: %s\n\n",
			suite_name(i->suite));
}

/* What only the sites' unsigned words in the record say (answer/audit.h, U5). */
static void tell_stated(const struct auditing *a)
{
	const json_t *sum = json_object_get(json_object_get(a->made, "total"), "sum");
	int64_t least = 0, round_to = 0;

	(void)field_int(sum, "min_patients", &least);
	(void)field_int(sum, "round_to", &round_to);
	fprintf(a->cli->out,
		a->cli->zh ? "记录所载、此处无法核验：不足 %lld 人不显示，取整单位 %lld。\n"
			   : "As the record states, which cannot be checked here: shown from %lld "
			     "patients, "
			     "rounded to %lld.\n",
		(long long)least, (long long)round_to);
}

static void tell_sites(struct auditing *a)
{
	const struct cli *cli = a->cli;
	const struct transcript *t = &a->audited.sum;
	const char *heads[] = { cli->zh ? "医院" : "site",
		cli->zh ? "是否在总和中" : "in the sum" };
	struct table table;

	table_init(&table, &a->arena, 2, heads);
	for (uint64_t i = 0; i < t->sites; i++) {
		const struct transcript_site *s = &t->who[i];
		const char *cells[] = { s->member->site,
			s->in_sum        ? cli->zh ? "是" : "yes"
			: by_paillier(a) ? cli->zh ? "否：提交承诺后未返回公开"
						   : "no: it did not come back after its commitment"
			: s->dealt       ? cli->zh ? "否：分发份额后退出"
						   : "no: it dropped out after it had dealt its shares"
			: cli->zh        ? "否：分发份额前退出"
					 : "no: it dropped out before it had dealt its shares" };

		table_add(&table, false, cells);
	}
	table_print(&table, cli->out, cli->colour);
	if (by_paillier(a))
		fprintf(cli->out,
			cli->zh ? "\n已核验：名单与密钥的签名、%llu "
				  "家医院的签名与承诺、各密文与各持有人份额的证明。"
				  "已将密文重新相乘并解密，共 %llu 个数。\n"
				: "\nChecked: the officers' signatures of list and key, those of "
				  "all %llu "
				  "hospitals, every\ncommitment, every proof of ciphertexts and of "
				  "holders' parts. "
				  "Multiplied and opened again: %llu numbers.\n",
			(unsigned long long)t->sites, (unsigned long long)t->invite.words);
	else
		fprintf(cli->out,
			cli->zh ? "\n已核验：名单签名、%llu "
				  "家医院的签名、全部承诺。已用各院的掩码数值重新求和，共 %llu "
				  "个数。\n"
				: "\nChecked: the officers' signatures, those of all %llu "
				  "hospitals, every "
				  "commitment.\nAdded up again from their masked numbers: %llu in "
				  "all.\n",
			(unsigned long long)t->sites, (unsigned long long)t->invite.words);
	tell_stated(a);
}

static void tell_differences(const struct auditing *a, const struct differences *d)
{
	const struct cli *cli = a->cli;

	fputs(cli->zh ? "\n不一致：网关公布的答复不是这些医院的数值之和。\n"
		      : "\nNOT EQUAL: what the gateway published is not what these hospitals' "
			"numbers give.\n",
		cli->out);
	for (size_t i = 0; i < d->n; i++)
		fprintf(cli->out,
			cli->zh ? "  %s%s%s%s：公布 %s，重算 %s\n"
				: "  %s%s%s%s: published %s, recomputed %s\n",
			d->list[i].at, d->list[i].cell[0] == '\0' ? "" : " (", d->list[i].cell,
			d->list[i].cell[0] == '\0' ? "" : ")", d->list[i].published,
			d->list[i].made);
	if (d->all > d->n)
		fprintf(cli->out, cli->zh ? "  另有 %zu 处不同\n" : "  and %zu more\n",
			d->all - d->n);
}

/* Of an answer of one number, the number. */
static void tell_number(const struct auditing *a)
{
	const json_t *cells = json_object_get(json_object_get(a->made, "total"), "cells");
	int64_t value;

	if (json_array_size(cells) == 1 && field_int(json_array_get(cells, 0), "value", &value))
		fprintf(a->cli->out,
			a->cli->zh ? "\n公布 %lld，重算 %lld\n"
				   : "\npublished %lld, recomputed %lld\n",
			(long long)value, (long long)value);
}

static int tell_text(struct auditing *a, const struct differences *d)
{
	const struct cli *cli = a->cli;

	tell_head(a);
	tell_sites(a);
	if (a->published == NULL) {
		fputs(cli->zh ? "\n记录完好。未给出公布的答复，重算的答复如下（可用 --answer "
				"对照）：\n\n"
			      : "\nThe record is sound. No published answer was given; this is the "
				"one that it "
				"makes\n(--answer FILE compares):\n\n",
			cli->out);
		(void)show_answer(cli, a->made);
		return EXIT_ANSWERED;
	}
	if (d->all > 0) {
		tell_differences(a, d);
		return EXIT_NO;
	}
	tell_number(a);
	fputs(cli->zh ? "\n一致：公布的答复正是这些医院的数值之和。\n"
		      : "\nEQUAL: the published answer is what these hospitals' numbers give.\n",
		cli->out);
	return EXIT_ANSWERED;
}

static int tell_json(struct auditing *a, const struct differences *d)
{
	const struct transcript *t = &a->audited.sum;
	json_t *sites = json_array(), *list = json_array(), *j;

	for (uint64_t i = 0; i < t->sites; i++)
		json_array_append_new(
			sites, json_pack("{s:s,s:b,s:b}", "site", t->who[i].member->site, "dealt",
				       t->who[i].dealt, "in_sum", t->who[i].in_sum));
	for (size_t i = 0; i < d->n; i++)
		json_array_append_new(
			list, json_pack("{s:s,s:s,s:s}", "at", d->list[i].at, "published",
				      d->list[i].published, "recomputed", d->list[i].made));
	j = json_pack("{s:s,s:I,s:o,s:o,s:I,s:o,s:O}", "id", a->audited.record.q.id, "epoch",
		(json_int_t)t->invite.epoch, "sites", sites, "equal",
		a->published == NULL ? json_null() : json_boolean(d->all == 0), "differences",
		(json_int_t)d->all, "first", list, "recomputed", a->made);
	show_json(a->cli, j);
	json_decref(j);
	return d->all == 0 ? EXIT_ANSWERED : EXIT_NO;
}

static int compare(struct auditing *a)
{
	struct differences d = { 0 };
	int status;

	if (a->published != NULL)
		differ(&d, &a->arena, a->published, a->made);
	status = a->cli->json ? tell_json(a, &d) : tell_text(a, &d);
	return status;
}

/* ---- the command ---- */

static int verify(struct auditing *a)
{
	struct error err = { 0 };
	int status = read_list(a);

	if (status == EXIT_ANSWERED)
		status = read_record(a);
	if (status == EXIT_ANSWERED && a->out != NULL &&
		file_write(a->out, a->record, a->len, 0600, &err) != 0)
		status = fail(a, &err);
	if (status == EXIT_ANSWERED &&
		record_read(a->record, a->len, &a->arena, &a->head, &err) != 0)
		status = cli_fail(a->cli, EXIT_NO, &err);
	if (status == EXIT_ANSWERED && a->id != NULL && strcmp(a->id, a->head.q.id) != 0)
		status = refuse(a, EXIT_NO,
			SAY("the record is of another question", "该记录属于另一个问题"));
	if (status == EXIT_ANSWERED)
		status = right_list(a);
	if (status == EXIT_ANSWERED)
		status = right_key(a);
	if (status == EXIT_ANSWERED)
		status = read_answer(a);
	if (status == EXIT_ANSWERED)
		status = make(a);
	return status == EXIT_ANSWERED ? compare(a) : status;
}

static int save(struct auditing *a)
{
	struct error err = { 0 };
	int status = fetch_record(a);

	if (status == EXIT_ANSWERED && file_write(a->out, a->record, a->len, 0600, &err) != 0)
		status = fail(a, &err);
	return status;
}

static bool complete(const struct auditing *a, const char *verb)
{
	if (a->id != NULL && !id_valid(a->id))
		return false;
	if (strcmp(verb, "save") == 0)
		return a->id != NULL && a->out != NULL && a->members == NULL &&
		       a->officers == NULL && a->paillier == NULL && a->transcript == NULL &&
		       a->answer == NULL;
	return strcmp(verb, "verify") == 0 && a->members != NULL && a->officers != NULL &&
	       (a->id != NULL || a->transcript != NULL) &&
	       (a->out == NULL || a->transcript == NULL);
}

int command_audit(struct cli *cli, int argc, char **argv)
{
	struct auditing a = { .cli = cli };
	const struct option_of options[] = { { "--members", &a.members, NULL },
		{ "--officers", &a.officers, NULL }, { "--paillier", &a.paillier, NULL },
		{ "--transcript", &a.transcript, NULL }, { "--answer", &a.answer, NULL },
		{ "--out", &a.out, NULL }, { 0 } };
	int status;

	if (cli_options(cli, &argc, argv, options) != 0)
		return EXIT_INPUT;
	a.id = argc > 2 ? argv[2] : NULL;
	if (argc < 2 || argc > 3 || !complete(&a, argv[1]))
		return cli_usage(cli, "audit",
			SAY("verify ID with --members and --officers, or save ID with --out; see "
			    "cordon audit --help",
				"verify 编号 须有 --members 和 --officers，save 编号 须有 "
				"--out；请看 cordon audit --help"));
	gate_init(&a.gate);
	arena_init(&a.arena, AUDIT_ARENA);
	status = strcmp(argv[1], "save") == 0 ? save(&a) : verify(&a);
	audited_clear(&a.audited);
	tp_key_clear(&a.key.k);
	json_decref(a.published);
	json_decref(a.made);
	free(a.record);
	gate_clear(&a.gate);
	arena_clear(&a.arena);
	return status;
}
