#include "secagg/mask.h"

#include <endian.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

enum {
	BLOCK_WORDS = 1024, /* stream, zeros and sum together are in the first cache */
	BLOCK_BYTES = BLOCK_WORDS * 8
};

struct stream {
	EVP_CIPHER_CTX *ctx; /* made once, keyed again */
	bool minus;
};

struct masks {
	EVP_CIPHER *cipher;
	enum suite suite;
	size_t n, used;
	struct stream *streams;
	uint64_t *block;
};

static const uint8_t zeros[BLOCK_BYTES] __attribute__((aligned(64)));

static const struct {
	const char *name;
	size_t key;
} suites[SUITE_END] = {
	[SUITE_AES128] = { "AES-128-CTR", 16 },
	[SUITE_AES256] = { "AES-256-CTR", 32 },
	[SUITE_CHACHA20] = { "ChaCha20", 32 },
};

size_t mask_key_bytes(enum suite suite)
{
	return suite > 0 && suite < SUITE_END ? suites[suite].key : 0;
}

static int failed(struct error *err, const char *what)
{
	return error_set(err, E_SYSTEM, SAY("A mask could not be made.", "无法生成掩码。"),
		"mask: %s", what);
}

int masks_new(struct masks **out, enum suite suite, size_t n, struct error *err)
{
	struct masks *m;

	if (mask_key_bytes(suite) == 0)
		return error_set(err, E_INPUT, SAY("Unknown cipher suite.", "未知的密码套件。"),
			"suite %d", (int)suite);
	m = calloc(1, sizeof(*m));
	if (m == NULL)
		return error_memory(err);
	m->suite = suite;
	m->cipher = EVP_CIPHER_fetch(NULL, suites[suite].name, NULL);
	m->streams = calloc(n == 0 ? 1 : n, sizeof(*m->streams));
	m->block = aligned_alloc(64, BLOCK_BYTES);
	if (m->streams != NULL)
		m->n = n;
	if (m->cipher == NULL || m->streams == NULL || m->block == NULL) {
		masks_free(m);
		return failed(err, "no cipher, or no memory");
	}
	*out = m;
	return 0;
}

void masks_free(struct masks *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < m->n; i++)
		EVP_CIPHER_CTX_free(m->streams[i].ctx); /* wipes its keys */
	EVP_CIPHER_free(m->cipher);
	free(m->streams);
	if (m->block != NULL)
		secret_wipe(m->block, BLOCK_BYTES);
	free(m->block);
	secret_wipe(m, sizeof(*m));
	free(m);
}

bool masks_full(const struct masks *m)
{
	return m->used == m->n;
}

int masks_put(struct masks *m, const struct mask_key *key, bool minus, struct error *err)
{
	uint8_t iv[16] = { 0 };
	struct stream *s = &m->streams[m->used];
	int ok;

	if (masks_full(m))
		return failed(err, "no room for one more stream");
	if (s->ctx == NULL)
		s->ctx = EVP_CIPHER_CTX_new();
	memcpy(m->suite == SUITE_CHACHA20 ? iv + 4 : iv, key->iv, sizeof(key->iv));
	ok = s->ctx != NULL && EVP_EncryptInit_ex2(s->ctx, m->cipher, key->key, iv, NULL) == 1;
	secret_wipe(iv, sizeof(iv));
	if (!ok)
		return failed(err, "could not set a key");
	s->minus = minus;
	m->used++;
	return 0;
}

/* Several words at once, whatever the compiler makes of plain loops; as many as a block may end with are single. */
typedef uint64_t lanes __attribute__((vector_size(32), aligned(8), may_alias));
enum {
	LANES = 4,
	LITTLE = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
};

static inline uint64_t of_wire(uint64_t w)
{
	return le64toh(w);
}

/* Chosen when the program starts; the sanitizers' own start comes too late for that. */
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__clang__)
#define WIDE __attribute__((target_clones("avx2", "default")))
#else
#define WIDE
#endif

WIDE static void add_block(uint64_t *words, const uint64_t *stream, size_t n)
{
	size_t i = 0;

	for (; LITTLE && i + LANES <= n; i += LANES)
		*(lanes *)(void *)(words + i) += *(const lanes *)(const void *)(stream + i);
	for (; i < n; i++)
		words[i] += of_wire(stream[i]);
}

WIDE static void take_block(uint64_t *words, const uint64_t *stream, size_t n)
{
	size_t i = 0;

	for (; LITTLE && i + LANES <= n; i += LANES)
		*(lanes *)(void *)(words + i) -= *(const lanes *)(const void *)(stream + i);
	for (; i < n; i++)
		words[i] -= of_wire(stream[i]);
}

static int mask_block(struct masks *m, uint64_t *words, size_t n)
{
	uint8_t *block = (uint8_t *)m->block;
	int len = 0, ok = 1;

	for (size_t i = 0; i < m->used && ok; i++) {
		struct stream *s = &m->streams[i];

		ok = EVP_EncryptUpdate(s->ctx, block, &len, zeros, (int)(8 * n)) == 1 &&
		     len == (int)(8 * n);
		if (ok)
			(s->minus ? take_block : add_block)(words, m->block, n);
	}
	return ok ? 0 : -1;
}

int masks_apply(struct masks *m, uint64_t *words, size_t n, struct error *err)
{
	int ret = 0;

	for (size_t at = 0; at < n && ret == 0; at += BLOCK_WORDS)
		ret = mask_block(m, words + at, n - at < BLOCK_WORDS ? n - at : BLOCK_WORDS);
	secret_wipe(m->block, BLOCK_BYTES);
	for (size_t i = 0; i < m->used; i++)
		EVP_CIPHER_CTX_reset(m->streams[i].ctx); /* the keys are not wanted any more */
	m->used = 0;
	return ret == 0 ? 0 : failed(err, "the cipher failed");
}

void words_little_endian(uint64_t *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		words[i] = htole64(words[i]);
}

WIDE void words_add_wire(uint64_t *words, const uint8_t *wire, size_t n)
{
	size_t i = 0;

	typedef uint64_t bytes __attribute__((vector_size(32), aligned(1), may_alias));

	for (; LITTLE && i + LANES <= n; i += LANES)
		*(lanes *)(void *)(words + i) += *(const bytes *)(const void *)(wire + 8 * i);
	for (; i < n; i++) {
		uint64_t w;

		memcpy(&w, wire + 8 * i, sizeof(w));
		words[i] += of_wire(w);
	}
}
