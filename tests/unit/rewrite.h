/*
 * rewrite.h - the policy of tests/corpus as trees that a test may change: shuffled, cut, added to, written again.
 */
#ifndef TESTS_REWRITE_H
#define TESTS_REWRITE_H

#include "base/node.h"
#include "tests/unit/corpus.h"

enum {
	RW_POLICY,
	RW_RED,
	RW_QUERIES,
	RW_RELEASE,
	RW_STUDIES,
	RW_FILES
};

static const char *const rw_names[RW_FILES] = { "policy.yaml", "red-list.yaml", "queries.yaml",
	"release.yaml", "studies.yaml" };

struct rewriting {
	struct corpus_folder folder;
	struct arena arena;
	struct diags ds;
	struct node *root[RW_FILES];
};

/* ---- dice: the same numbers for the same seed ---- */

static uint64_t rw_state;

static inline uint32_t rw_dice(uint32_t sides)
{
	rw_state ^= rw_state >> 12;
	rw_state ^= rw_state << 25;
	rw_state ^= rw_state >> 27;
	return (uint32_t)((rw_state * UINT64_C(2685821657736338717) >> 33) %
			  (sides == 0 ? 1 : sides));
}

static inline void rw_seed(unsigned seed)
{
	rw_state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
}

/* ---- reading and writing ---- */

static inline void rw_open(struct rewriting *rw, const char *path)
{
	folder_read(&rw->folder, path, "");
	arena_init(&rw->arena, MAX_POLICY_ARENA);
	diags_init(&rw->ds, &rw->arena);
	for (int i = 0; i < RW_FILES; i++) {
		const struct corpus_file *f = folder_file(&rw->folder, rw_names[i]);

		ck_assert_ptr_nonnull(f);
		ck_assert_int_eq(node_read(f->name, f->bytes, f->len, MAX_DEPTH, &rw->arena,
					 &rw->ds, &rw->root[i]),
			0);
	}
}

static inline void rw_close(struct rewriting *rw)
{
	folder_clear(&rw->folder);
	arena_clear(&rw->arena);
}

static inline void rw_write(struct text *t, const struct node *n)
{
	bool map = n->kind == NODE_MAP;

	if (n->kind == NODE_TEXT) {
		text_add_json(t, n->text);
		return;
	}
	text_addc(t, map ? '{' : '[');
	NODE_EACH(child, n) {
		if (map) {
			text_add_json(t, child->key);
			text_add(t, ": ");
		}
		rw_write(t, child);
		text_add(t, child->next == NULL ? "" : ", ");
		/* a line for each of the larger things, as in a file that people write */
		text_add(t, child->kind == NODE_MAP ? "\n" : "");
	}
	text_addc(t, map ? '}' : ']');
}

/* The changed trees as a policy; NULL when they are none any more. */
static inline struct policy *rw_policy(struct rewriting *rw, struct arena *arena, struct diags *ds)
{
	struct text t;

	for (int i = 0; i < RW_FILES; i++) {
		text_init(&t, MAX_FILE_BYTES);
		rw_write(&t, rw->root[i]);
		ck_assert(!text_failed(&t));
		folder_put(&rw->folder, rw_names[i], text_str(&t), t.len);
		text_clear(&t);
	}
	return folder_policy(&rw->folder, arena, ds);
}

/* ---- changing ---- */

static inline struct node *rw_get(struct node *n, const char *key)
{
	return (struct node *)(uintptr_t)node_get(n, key);
}

static inline struct node *rw_nth(struct node *parent, size_t i)
{
	struct node *n = parent == NULL ? NULL : parent->first;

	for (; n != NULL && i > 0; i--)
		n = n->next;
	return n;
}

static inline struct node *rw_any(struct node *parent)
{
	return parent == NULL || parent->count == 0
		       ? NULL
		       : rw_nth(parent, rw_dice((uint32_t)parent->count));
}

static inline void rw_drop(struct node *parent, struct node *child)
{
	struct node **link = &parent->first;

	while (*link != NULL && *link != child)
		link = &(*link)->next;
	if (*link == NULL)
		return;
	*link = child->next;
	parent->count--;
}

/* A piece of YAML as the last member of a list, or under a key of a map (replacing what is there). */
static inline void rw_add(
	struct rewriting *rw, struct node *parent, const char *key, const char *yaml)
{
	struct node *n = NULL, **link = &parent->first;

	ck_assert_int_eq(
		node_read("added", yaml, strlen(yaml), MAX_DEPTH, &rw->arena, &rw->ds, &n), 0);
	if (key != NULL && rw_get(parent, key) != NULL)
		rw_drop(parent, rw_get(parent, key));
	n->key = key == NULL ? NULL : arena_text(&rw->arena, key);
	while (*link != NULL)
		link = &(*link)->next;
	*link = n;
	n->next = NULL;
	parent->count++;
}

/* Lists whose order says something. */
static inline bool rw_ordered(const struct node *n)
{
	static const char *const keys[] = { "bands", "clamp", "cuts", "at" };

	for (size_t i = 0; n->key != NULL && i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(n->key, keys[i]) == 0)
			return true;
	return false;
}

static inline void rw_shuffle(struct node *n)
{
	struct node *all[512];
	size_t count = 0;

	if (n->kind == NODE_TEXT)
		return;
	for (struct node *c = n->first; c != NULL; c = c->next) {
		rw_shuffle(c);
		ck_assert_uint_lt(count, 512);
		all[count++] = c;
	}
	if (rw_ordered(n) || count == 0)
		return;
	for (size_t i = count; i > 1; i--) {
		size_t k = rw_dice((uint32_t)i);
		struct node *other = all[k];

		all[k] = all[i - 1];
		all[i - 1] = other;
	}
	n->first = all[0];
	for (size_t i = 0; i < count; i++)
		all[i]->next = i + 1 < count ? all[i + 1] : NULL;
}

#endif
