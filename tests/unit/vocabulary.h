/*
 * vocabulary.h - struct red_codes of tests/corpus: what a site's vocabulary would make of the code rules.
 */
#ifndef TESTS_VOCABULARY_H
#define TESTS_VOCABULARY_H

#include <string.h>

#include "policies/decide/decide.h"
#include "policies/shapes.h"
#include "tests/unit/corpus.h"

static inline int by_concept(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

static inline void add_concept(struct red_codes *red, unsigned rule, int32_t concept)
{
	for (unsigned i = 0; i < red->counts[rule]; i++)
		if (red->concepts[rule][i] == concept)
			return;
	red->concepts[rule][red->counts[rule]++] = concept;
}

/* "icd10 atc" */
static inline unsigned system_bits(const char *list)
{
	char copy[200], *save;
	unsigned bits = 0;

	snprintf(copy, sizeof(copy), "%s", list);
	for (char *word = strtok_r(copy, " ", &save); word != NULL;
		word = strtok_r(NULL, " ", &save)) {
		int i = word_index(word, words_system);

		ck_assert_msg(
			i >= 0 || strcmp(word, "nothing") == 0, "'%s' is no code system", word);
		bits |= i < 0 ? 0 : 1u << (SYSTEM_OMOP + i);
	}
	return bits;
}

/* The codes as each rule writes them and what vocabulary.txt adds; with `known` also the systems it knows. */
static inline struct red_codes *vocabulary_for(
	const struct policy *p, struct arena *a, const char *path, bool known)
{
	enum {
		ROOM = 64
	};
	struct red_codes *red = arena_alloc(a, sizeof(*red));
	char line[512];
	FILE *f = fopen(path, "r");

	ck_assert(red != NULL && f != NULL);
	*red = (struct red_codes){ arena_array(a, p->n_codes + 1, sizeof(int32_t *)),
		arena_array(a, p->n_codes + 1, sizeof(unsigned)), p->n_codes, 0 };
	for (unsigned i = 0; i < p->n_codes; i++) {
		red->concepts[i] = arena_array(a, ROOM + p->codes[i].n_omop, sizeof(int32_t));
		ck_assert_ptr_nonnull(red->concepts[i]);
		red->counts[i] = 0;
		for (unsigned k = 0; k < p->codes[i].n_omop; k++)
			add_concept(red, i, p->codes[i].omop[k].concept);
	}
	while (known && fgets(line, sizeof(line), f) != NULL) {
		char *save, *id = strtok_r(line, " \n", &save), *word;

		while (id != NULL && id[0] != '#' &&
			(word = strtok_r(NULL, " \n", &save)) != NULL) {
			if (strcmp(id, "systems") == 0)
				red->systems |= system_bits(word);
			for (unsigned i = 0; i < p->n_codes; i++)
				if (strcmp(p->codes[i].id, id) == 0)
					add_concept(red, i, (int32_t)strtol(word, NULL, 10));
		}
	}
	fclose(f);
	for (unsigned i = 0; i < p->n_codes; i++)
		qsort(red->concepts[i], red->counts[i], sizeof(int32_t), by_concept);
	return red;
}

#endif
