/*
 * paillier_deal.c - deals a key of threshold Paillier of the federation's size in a second, for scenarios: its primes are
 * written below, so it protects nothing. `cordon ca paillier deal` finds its own, which takes a minute (make ceremony).
 *
 *   paillier_deal HOLDERS.yaml ROOT.crt FOLDER     FOLDER gets paillier.yaml, unsigned, and NAME.share for each holder
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/limits.h"
#include "crypto/identity.h"
#include "paillier/tp_file.h"

static const char p_hex[] = "CB55DBF8C8539175EA0EDD26D1476A20465722B27C02E34B547DBCFA6ED7A423FFB440"
			    "FABDC9108B870BAEE7F830252A"
			    "CDB167115A1861058DD07660519B9AE18E474D82AB93A3797057FC34884B4ABE5C6CA3"
			    "E49648AC335968BD43FDA3CC01"
			    "BC279B06FA40A7F7EC3126F6F2B36E6AF8F5B1FE4C73D97AA9A06CD2DBEF9393F1A654"
			    "F51D36CEF6F8D28AF7D6F817CA"
			    "82F93666304E7D84019C3F3FEF4BFFF27BB00E7933EA23738BC54F37DBF0466C6A5D84"
			    "D68D1D476EB44706A58B4A394B";
static const char q_hex[] = "C2F36210958D2706C9ADA361E729FB2081835EA2A747DC63B1109B6BC887560277A3E1"
			    "D0CDDB67B2E383F8B70E065421"
			    "B15AA808687793B7AE23B54E9F3BB39F8712FB27B18BDA2BD386C80B4AD53673195CCE"
			    "9A21656D2DB7100BA9CDCF0E40"
			    "238163664D67C7B47FF7961F4CA02FF112D09952896786D2A2034E7D0B806173B02BB8"
			    "B9016F65934A246C70EE974409"
			    "0142920D87926C837BB2FCE7076F70234C41C2712F97E821C424C7FCF907FE7D63CCDE"
			    "EDB880B4BD9773C59F9C043133";

static struct error err;

static void must(int ret)
{
	if (ret == 0)
		return;
	fprintf(stderr, "paillier_deal: %s\n", err.log);
	exit(EXIT_FAILURE);
}

static void write_out(const char *folder, const char *name, const char *end, struct text *t)
{
	char path[400];

	snprintf(path, sizeof(path), "%s/%s%s", folder, name, end);
	if (text_failed(t))
		must(error_memory(&err));
	must(file_write(path, text_str(t), t->len, 0600, &err));
	text_reset(t);
}

static void read_holders(const char *path, struct arena *arena, struct tp_key *k)
{
	struct diags ds;
	uint8_t *bytes;
	size_t len;

	diags_init(&ds, arena);
	must(file_read(path, MAX_FILE_BYTES, &bytes, &len, &err));
	if (tp_holders_read(path, bytes, len, arena, &ds, k) != 0) {
		diags_print(&ds, stderr, 0);
		exit(EXIT_FAILURE);
	}
	free(bytes);
}

int main(int argc, char **argv)
{
	BIGNUM *p = NULL, *q = NULL;
	struct tp_share shares[TP_HOLDERS];
	struct tp_key_file f = { .n = 0 };
	struct arena arena;
	struct text t;
	uint8_t *pem;
	size_t len;

	if (argc != 4 || BN_hex2bn(&p, p_hex) == 0 || BN_hex2bn(&q, q_hex) == 0)
		return EXIT_FAILURE;
	arena_init(&arena, 4 << 20);
	read_holders(argv[1], &arena, &f.k);
	must(file_read(argv[2], MAX_FILE_BYTES, &pem, &len, &err));
	must(identity_federation((const char *)pem, len, &f.k.federation, &err));
	free(pem);
	must(tp_deal_of_primes(&f.k, p, q, shares, &err));
	text_init(&t, MAX_FILE_BYTES);
	tp_key_write(&f, &t);
	write_out(argv[3], "paillier", ".yaml", &t);
	for (unsigned j = 0; j < f.k.n_holders; j++) {
		must(tp_share_write(&f.k, &shares[j], &t, &err));
		write_out(argv[3], f.k.holders[j].name, ".share", &t);
		tp_share_clear(&shares[j]);
	}
	tp_key_clear(&f.k);
	text_clear(&t);
	arena_clear(&arena);
	BN_free(p);
	BN_free(q);
	return EXIT_SUCCESS;
}
