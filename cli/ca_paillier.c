/*
 * ca_paillier.c - `cordon ca paillier`: the ceremony of threshold Paillier, on a machine without a network.
 * A holder makes a key; a dealer makes and splits the federation's key; officers sign its public side; everybody checks
 * it, and every holder its share.
 */
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/secret.h"
#include "cli/ca_manifest.h"
#include "cli/ca_officer.h"
#include "cli/ca_paillier.h"
#include "cli/ca_seal.h"
#include "crypto/identity.h"
#include "paillier/tp_file.h"

struct ceremony {
	const struct cli *cli;
	const char *file; /* plain argument */
	const char *root, *out, *officers, *as, *key, *passphrase, *epoch, *share;
	struct arena arena;
	struct diags ds;
	struct tp_key_file f;
	struct officers *who;
	struct tp_share shares[TP_HOLDERS];
};

static int refuse(const struct ceremony *c, int status, struct say say)
{
	fprintf(c->cli->err, "cordon ca paillier: %s\n", tell(c->cli, say));
	return status;
}

/* ---- reading ---- */

enum what {
	HOLDERS,
	KEY,
	OFFICERS
};

static int read_text(struct ceremony *c, enum what what, const char *path)
{
	struct error err = { .code = E_NONE };
	uint8_t *bytes = NULL;
	size_t len = 0;
	int ret;

	if (file_read(path, MAX_FILE_BYTES, &bytes, &len, &err) != 0)
		return cli_fail(c->cli, EXIT_INPUT, &err);
	if (what == HOLDERS)
		ret = tp_holders_read(path, bytes, len, &c->arena, &c->ds, &c->f.k);
	else if (what == KEY)
		ret = tp_key_read(path, bytes, len, TP_BITS, &c->arena, &c->ds, &c->f);
	else
		ret = officers_read(path, bytes, len, &c->arena, &c->ds, &c->who);
	if (ret != 0)
		cli_diags(c->cli, &c->ds, (const char *)bytes, len);
	free(bytes);
	return ret == 0 ? EXIT_ANSWERED : EXIT_INPUT;
}

/* ---- holder ---- */

static int holder(struct ceremony *c)
{
	return ca_seal_new(c->cli, c->out);
}

/* ---- deal ---- */


static void turn(void *of)
{
	const struct ceremony *c = of;
	static unsigned n;

	if (c->cli->live && ++n % 16 == 0)
		fputc('.', c->cli->err);
}

static int write_key(struct ceremony *c, const char *path, struct error *err)
{
	struct text t;
	int ret;

	text_init(&t, MAX_FILE_BYTES);
	tp_key_write(&c->f, &t);
	ret = text_failed(&t) ? error_memory(err)
			      : file_write(path, text_str(&t), t.len, 0644, err);
	text_clear(&t);
	return ret;
}

static int write_share(struct ceremony *c, unsigned i, struct error *err)
{
	const char *path = arena_textf(&c->arena, "%s/%s.share", c->out, c->f.k.holders[i].name);
	struct text t;
	int ret;

	if (path == NULL)
		return error_memory(err);
	text_init(&t, MAX_FILE_BYTES);
	ret = tp_share_write(&c->f.k, &c->shares[i], &t, err);
	if (ret == 0)
		ret = file_write(path, text_str(&t), t.len, 0600, err);
	text_clear(&t);
	return ret;
}

static int deal_now(struct ceremony *c, const char *key_path, struct error *err)
{
	struct tp_key *k = &c->f.k;
	int ret;

	if (manifest_federation(c->root, &k->federation, err) != 0 || file_mkdirs(c->out, 0700, err) != 0)
		return -1;
	ret = tp_deal(k, c->shares, turn, c, err);
	if (c->cli->live)
		fputc('\n', c->cli->err);
	for (unsigned i = 0; ret == 0 && i < k->n_holders; i++)
		ret = write_share(c, i, err);
	for (unsigned i = 0; i < k->n_holders; i++)
		tp_share_clear(&c->shares[i]);
	return ret == 0 ? write_key(c, key_path, err) : -1;
}

static int deal(struct ceremony *c)
{
	const char *key_path = arena_textf(&c->arena, "%s/paillier.yaml", c->out);
	struct error err = { .code = E_NONE };
	int status;

	if (key_path == NULL || file_there(key_path))
		return refuse(c, EXIT_INPUT,
			SAY("it is there already and not written over", "文件已存在，不会覆盖"));
	status = read_text(c, HOLDERS, c->file);
	if (status != EXIT_ANSWERED)
		return status;
	secret_process();
	if (deal_now(c, key_path, &err) != 0)
		return cli_fail(c->cli, EXIT_INPUT, &err);
	fprintf(c->cli->out,
		c->cli->zh ? "密钥与 %u 份密封份额已写入 %s；%u "
			     "人共同解密。请抹除或销毁本机后再恢复联网。\n"
			   : "the key and %u sealed shares are in %s; %u holders open together. "
			     "Wipe or destroy this "
			     "machine before it sees a network again.\n",
		c->f.k.n_holders, c->out, c->f.k.needed);
	return EXIT_ANSWERED;
}

/* ---- sign, verify ---- */

static int read_both(struct ceremony *c)
{
	int status = read_text(c, KEY, c->file);

	return status == EXIT_ANSWERED ? read_text(c, OFFICERS, c->officers) : status;
}

static int tell_errors(struct ceremony *c)
{
	cli_diags(c->cli, &c->ds, NULL, 0);
	return EXIT_NO;
}

static void show(const struct ceremony *c)
{
	const struct tp_key *k = &c->f.k;
	char hash[HASH_TEXT];

	fprintf(c->cli->out,
		c->cli->zh ? "编号 %llu：%u 位持有人，%u 人共同解密，可容忍 %u 人串通\n密钥 %s\n"
			   : "epoch %llu: %u holders, %u open together, %u may work together "
			     "without harm\nkey %s\n",
		(unsigned long long)k->epoch, k->n_holders, k->needed, k->colluders,
		hash32_text(&k->hash, hash));
	for (unsigned i = 0; i < k->n_holders; i++)
		fprintf(c->cli->out, "  %s\n", k->holders[i].name);
}

static int sign_now(struct ceremony *c, EVP_PKEY *opened, struct error *err)
{
	const struct ca_officer o = { c->cli, &c->arena, c->as, c->key, c->passphrase };
	struct member_signature *s = &c->f.signatures[c->f.n];

	if (ca_officer_sign(&o, opened, TP_OFFICER_LABEL, &c->f.k.hash, s, err) != 0)
		return cli_fail(c->cli, EXIT_INPUT, err);
	s->place = c->f.at;
	c->f.n++;
	if (tp_key_check(&c->f, false, c->who, clock_today(), &c->ds) != 0)
		return tell_errors(c);
	if (write_key(c, c->file, err) != 0)
		return cli_fail(c->cli, EXIT_INPUT, err);
	fprintf(c->cli->err, c->cli->zh ? "已签名：第 %u 人，须 %u 人\n" : "signed: %u of %u\n",
		c->f.n, c->who->needed);
	return EXIT_ANSWERED;
}

static int sign(struct ceremony *c)
{
	const struct ca_officer o = { c->cli, &c->arena, c->as, c->key, c->passphrase };
	struct error err = { .code = E_NONE };
	EVP_PKEY *opened = NULL;
	int status = read_both(c);

	if (status != EXIT_ANSWERED)
		return status;
	if (c->f.n == MAX_SUM_OFFICERS)
		return refuse(c, EXIT_INPUT, SAY("there are too many signatures", "签名过多"));
	show(c);
	if (!ca_typed_epoch(c->cli, c->epoch, c->f.k.epoch))
		return refuse(c, EXIT_NO, SAY("that is not the epoch", "编号不符"));
	if (ca_officer_key(&o, &opened, &err) != 0)
		return cli_fail(c->cli, EXIT_INPUT, &err);
	status = sign_now(c, opened, &err);
	EVP_PKEY_free(opened);
	return status;
}

static int check_share(struct ceremony *c, struct error *err)
{
	struct tp_share s = { 0 };
	EVP_PKEY *opener = NULL;
	uint8_t *bytes = NULL;
	size_t len = 0;
	int ret = ca_seal_read(c->key, &opener, err);

	if (ret == 0)
		ret = file_read(c->share, MAX_FILE_BYTES, &bytes, &len, err);
	if (ret == 0)
		ret = tp_share_read(&c->f.k, opener, bytes, len, &s, err);
	if (ret == 0)
		fprintf(c->cli->out, c->cli->zh ? "%s 的份额相符\n" : "the share of %s is right\n",
			c->f.k.holders[s.place - 1].name);
	tp_share_clear(&s);
	EVP_PKEY_free(opener);
	free(bytes);
	return ret;
}

static int verify(struct ceremony *c)
{
	struct error err = { .code = E_NONE };
	int status = read_both(c);

	if (status != EXIT_ANSWERED)
		return status;
	show(c);
	/* the share first: a holder checks it before the officers sign */
	if (c->share != NULL && check_share(c, &err) != 0)
		return cli_fail(c->cli, EXIT_NO, &err);
	if (tp_key_check(&c->f, true, c->who, clock_today(), &c->ds) != 0)
		return tell_errors(c);
	fputs(c->cli->zh ? "签名齐全\n" : "complete\n", c->cli->out);
	return EXIT_ANSWERED;
}

/* ---- the command ---- */

static int (*chosen(const struct ceremony *c, const char *verb, int words))(struct ceremony *)
{
	const struct {
		const char *verb;
		int (*run)(struct ceremony *);
		bool complete;
		int words;
	} verbs[] = {
		{ "holder", holder, c->out != NULL, 0 },
		{ "deal", deal, c->root != NULL && c->out != NULL, 1 },
		{ "sign", sign, c->officers != NULL && c->as != NULL && c->key != NULL, 1 },
		{ "verify", verify, c->officers != NULL && (c->share == NULL) == (c->key == NULL),
			1 },
	};

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(verb, verbs[i].verb) == 0)
			return verbs[i].complete && words == verbs[i].words ? verbs[i].run : NULL;
	return NULL;
}

int ca_paillier(struct cli *cli, int argc, char **argv)
{
	struct ceremony c = { .cli = cli };
	const struct option_of options[] = { { "--root", &c.root, NULL }, { "--out", &c.out, NULL },
		{ "--officers", &c.officers, NULL }, { "--as", &c.as, NULL },
		{ "--key", &c.key, NULL }, { "--passphrase", &c.passphrase, NULL },
		{ "--epoch", &c.epoch, NULL }, { "--share", &c.share, NULL }, { 0 } };
	int (*run)(struct ceremony *);
	int status;

	if (cli_options(cli, &argc, argv, options) != 0)
		return EXIT_INPUT;
	run = chosen(&c, argc > 2 ? argv[2] : "", argc - 3);
	if (run == NULL)
		return cli_usage(cli, "ca",
			SAY("paillier holder, deal, sign or verify; something is missing or too "
			    "much; see cordon ca --help",
				"paillier 须为 holder、deal、sign 或 verify；参数缺失或多余，请看 "
				"cordon ca --help"));
	c.file = argc > 3 ? argv[3] : NULL;
	arena_init(&c.arena, MAX_QUERY_ARENA);
	diags_init(&c.ds, &c.arena);
	status = run(&c);
	tp_key_clear(&c.f.k);
	arena_clear(&c.arena);
	return status;
}
