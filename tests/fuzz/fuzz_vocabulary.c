/*
 * fuzz_vocabulary.c - any bytes as a file of the vocabulary (vocabulary/table.h), and as words that people look for
 * (words.h). Promises: no crash; every row has its columns, in UTF-8; what is wrong is told in both languages; of the
 * index's language a query has quotes that close, and nothing outside them but '*' and blanks.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "tests/fuzz/fuzz.h"
#include "vocabulary/table.h"
#include "vocabulary/words.h"

static void must(bool ok)
{
	if (!ok)
		abort();
}

/* ---- a file ---- */

static char folder[64], path[96];

static void remove_folder(void)
{
	unlink(path);
	rmdir(folder);
}

static void write_file(const uint8_t *data, size_t size)
{
	int fd;

	if (folder[0] == '\0') {
		snprintf(folder, sizeof(folder), "/tmp/fuzz_vocabulary.XXXXXX");
		must(mkdtemp(folder) != NULL);
		snprintf(path, sizeof(path), "%s/Concept.CSV", folder);
		atexit(remove_folder);
	}
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
}

static void check_row(struct table *t)
{
	int64_t n;

	for (unsigned i = 0; i < 3; i++) {
		const char *s = table_get(t, i);

		must(s != NULL && utf8_valid(s, strlen(s)));
	}
	if (table_int(t, 0, &n))
		must(n >= 0);
}

static void fuzz_file(const uint8_t *data, size_t size)
{
	static const char *const wanted[] = { "concept_id", "concept_name", "standard", NULL };
	static struct table t;
	struct error err = { .code = E_NONE };
	struct arena a;
	struct diags ds;
	int ret;

	write_file(data, size);
	arena_init(&a, 8 << 20);
	diags_init(&ds, &a);
	ret = table_open(&t, folder, "CONCEPT", wanted, 2, &ds, &err);
	must(ret != 0); /* it is there, whatever the case of its name */
	if (ret == 1) {
		while ((ret = table_next(&t, &err)) == 1)
			check_row(&t);
		table_close(&t);
		must(t.done <= size + 1);
	}
	must(ret == 0 || ds.errors > 0);
	for (size_t i = 0; i < ds.count; i++)
		must(ds.list[i].en[0] != '\0' && ds.list[i].zh[0] != '\0');
	arena_clear(&a);
}

/* ---- words ---- */

static void check_query(const char *s)
{
	bool in = false;

	for (; *s != '\0'; s++)
		if (*s == '"')
			in = !in;
		else
			must(in || *s == '*' || *s == ' ');
	must(!in);
}

static void fuzz_words(const char *s)
{
	struct text t;
	char code[32];

	text_init(&t, 1 << 20);
	unsigned terms = words_query(s, &t);
	if (terms > 0 && terms <= MAX_TERMS)
		check_query(text_str(&t));
	text_reset(&t);
	words_spaced(s, &t);
	if (words_code(s, code, sizeof(code)))
		must(code[0] != '\0' && strlen(code) < sizeof(code) &&
			strpbrk(code, " .-\"") == NULL);
	text_clear(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	must(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	fuzz_words(text);
	free(text);
	fuzz_file(data, size);
	return 0;
}

static const char *const seeds[] = {
	"concept_id\tconcept_name\tstandard\n201826\tType 2 \"diabetes\"\tS\r\n0\tNo matching "
	"concept\t\n",
	"\xef\xbb\xbfStandard,Concept_Name,Concept_Id\nS,\"a \"\"b\"\", "
	"c\",1\n,2型糖尿病,9223372036854775807\n\n-,x,-1",
	"E11.9 糖尿病 \"AND* NEAR(",
};

size_t fuzz_seed(size_t i, uint8_t *out, size_t room)
{
	size_t len = i < sizeof(seeds) / sizeof(seeds[0]) ? strlen(seeds[i]) : 0;

	if (len == 0 || len > room)
		return 0;
	memcpy(out, seeds[i], len);
	return len;
}
