/*
 * portal.c - the table of embedded files and looking one up.
 */
#include "gateway/portal.h"

#include <string.h>
#include <strings.h>

/* The assembler copies the files in; paths are relative to the top of the tree, where make runs. */
#define EMBED(symbol, path)                                                                        \
	__asm__(".pushsection .rodata\n" #symbol ":\n"                                             \
		".incbin \"" path "\"\n" #symbol "_end:\n"                                         \
		".byte 0\n"                                                                        \
		".popsection\n");                                                                  \
	extern const char symbol[], symbol##_end[]
#define FORMS(symbol)                                                                              \
	{ symbol##_raw, symbol##_raw_end }, { symbol##_gz, symbol##_gz_end },                      \
	{                                                                                          \
		symbol##_br, symbol##_br_end                                                       \
	}

#include "gateway/portal_files.h" /* in build/portal */

static const struct portal_file files[] = { PORTAL_FILES };

/* A page is what has no dot: files have one. */
const struct portal_file *portal_find(const char *path)
{
	if (strchr(path, '.') == NULL)
		path = "/index.html";
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (strcmp(files[i].path, path) == 0)
			return &files[i];
	return NULL;
}

/* "gzip, deflate, br;q=1.0": is `word` named, and not with weight 0? */
static bool takes(const char *accepts, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = accepts; *at != '\0'; at += strcspn(at, ",")) {
		const char *q;

		at += strspn(at, ", \t");
		if (strncasecmp(at, word, len) != 0 || strchr(";, \t", at[len]) == NULL)
			continue;
		q = at + len + strspn(at + len, " \t;");
		return strncasecmp(q, "q=0", 3) != 0 || q[3 + strspn(q + 3, ".0")] >= '1';
	}
	return false;
}

enum portal_form portal_form(const char *accepts)
{
	if (accepts == NULL)
		return PORTAL_RAW;
	if (takes(accepts, "br"))
		return PORTAL_BROTLI;
	return takes(accepts, "gzip") ? PORTAL_GZIP : PORTAL_RAW;
}
