#include <openssl/evp.h>
#include <string.h>

#include "base/clock.h"
#include "cli/ca_manifest.h"
#include "cli/ca_officer.h"
#include "cli/policy_sign.h"
#include "crypto/signing.h"

/* An officer's signature under a list of members. */

/* As a site that used the other list would: not lower, not another one of the same number. */
static int check_follows(struct manifest *m)
{
	struct error err = { .code = E_NONE };
	struct members_seen seen, now;

	if (m->before == NULL)
		return EXIT_ANSWERED;
	seen.epoch = m->before->m.epoch;
	if (membership_hash(&m->before->m, &seen.hash, &err) != 0 ||
		members_follow(&seen, &m->list->m, &now, &err) != 0)
		return cli_fail(m->cli, EXIT_NO, &err);
	return EXIT_ANSWERED;
}

static int tell_errors(struct manifest *m, int status)
{
	cli_diags(m->cli, &m->ds, NULL, 0);
	return status;
}

int manifest_verify(struct manifest *m)
{
	int status = manifest_read_both(m);

	if (status == EXIT_ANSWERED)
		status = manifest_read(m, m->officers, NULL, &m->who);
	if (status == EXIT_ANSWERED)
		status = check_follows(m);
	if (status != EXIT_ANSWERED)
		return status;
	if (members_check(m->list, m->who, clock_today(), &m->ds) != 0)
		return tell_errors(m, EXIT_NO);
	fprintf(m->cli->out,
		m->cli->zh ? "编号 %llu：签名齐全（须 %u 人，已有 %u 人）\n"
			   : "epoch %llu: complete: %u needed, %u signed\n",
		(unsigned long long)m->list->m.epoch, m->who->needed, m->list->n);
	return EXIT_ANSWERED;
}

int ca_officer_sign(const struct ca_officer *o, EVP_PKEY *opened, const char *label,
	const struct hash32 *text, struct member_signature *out, struct error *err)
{
	char *at = arena_alloc(o->arena, 32), *sig = arena_alloc(o->arena, SIGNING_TEXT),
	     *public = arena_alloc(o->arena, SIGNING_KEY_TEXT);
	struct hash32 what;

	if (at == NULL || sig == NULL || public == NULL)
		return error_memory(err);
	(void)clock_iso(clock_wall_ms(), at);
	if (signing_public(opened, public, err) != 0)
		return -1;
	*out = (struct member_signature){
		.who = o->as, .key = public, .at = at, .sig = sig, .day = clock_today()
	};
	return officers_signed(label, text, out, &what, err) != 0
		       ? -1
		       : signing_sign(opened, &what, sig, err);
}

int ca_officer_key(const struct ca_officer *o, EVP_PKEY **out, struct error *err)
{
	const struct desk desk = {
		.command = "sign", .zh = o->cli->zh, .key = o->key, .passphrase = o->passphrase
	};

	return policy_key_open(&desk, out, err);
}

bool ca_typed_epoch(const struct cli *cli, const char *given, uint64_t epoch)
{
	char line[32] = "";
	uint64_t v;

	if (given != NULL)
		return parse_u64(given, &v) && v == epoch;
	fputs(cli->zh ? "请输入要签名的编号：" : "Type the epoch to sign: ", cli->err);
	fflush(cli->err);
	if (fgets(line, sizeof(line), stdin) == NULL)
		return false;
	line[strcspn(line, "\r\n")] = '\0';
	return parse_u64(line, &v) && v == epoch;
}

static struct ca_officer officer_of(struct manifest *m)
{
	return (struct ca_officer){ m->cli, &m->arena, m->as, m->key, m->passphrase };
}

static int add_signature(struct manifest *m, EVP_PKEY *opened, struct error *err)
{
	const struct ca_officer o = officer_of(m);
	struct member_signature *s = &m->list->signatures[m->list->n];
	struct hash32 list;

	if (membership_hash(&m->list->m, &list, err) != 0 ||
		ca_officer_sign(&o, opened, MEMBERS_LABEL, &list, s, err) != 0)
		return -1;
	s->place = m->list->at;
	m->list->n++;
	return 0;
}

/* Only what will count is written: the signatures are checked again with the new one. */
static int sign_now(struct manifest *m, EVP_PKEY *opened)
{
	struct error err = { .code = E_NONE };

	if (add_signature(m, opened, &err) != 0)
		return cli_fail(m->cli, EXIT_INPUT, &err);
	if (members_signatures(m->list, m->who, clock_today(), &m->ds) != 0)
		return tell_errors(m, EXIT_NO);
	if (manifest_write(m, &err) != 0)
		return cli_fail(m->cli, EXIT_INPUT, &err);
	fprintf(m->cli->err, m->cli->zh ? "已签名：%u 人中的第 %u 人\n" : "signed: %2$u of %1$u\n",
		m->who->needed, m->list->n);
	return EXIT_ANSWERED;
}

int manifest_sign(struct manifest *m)
{
	const struct ca_officer o = officer_of(m);
	struct error err = { .code = E_NONE };
	EVP_PKEY *opened = NULL;
	int status = manifest_read_both(m);

	if (status == EXIT_ANSWERED)
		status = manifest_read(m, m->officers, NULL, &m->who);
	if (status == EXIT_ANSWERED)
		status = check_follows(m);
	if (status != EXIT_ANSWERED)
		return status;
	if (membership_check(&m->list->m, &err) != 0)
		return cli_fail(m->cli, EXIT_INPUT, &err);
	if (m->list->n == MAX_SUM_OFFICERS)
		return manifest_refuse(
			m, EXIT_INPUT, SAY("there are too many signatures", "签名过多"));
	manifest_tell(m);
	if (!ca_typed_epoch(m->cli, m->epoch, m->list->m.epoch))
		return manifest_refuse(m, EXIT_NO, SAY("that is not the epoch", "编号不符"));
	if (ca_officer_key(&o, &opened, &err) != 0)
		return cli_fail(m->cli, EXIT_INPUT, &err);
	status = sign_now(m, opened);
	EVP_PKEY_free(opened);
	return status;
}
