/*
 * revoked.c - the revocation list of revoked.h: sorted serials, searched by halves.
 */
#include "wire/revoked.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "base/file.h"
#include "base/limits.h"

enum {
	SERIAL_BYTES = 20
}; /* RFC 5280, 4.1.2.2: at most 20 octets */

/* Right-aligned, so that leading zeros do not matter. */
struct serial {
	uint8_t at[SERIAL_BYTES];
};

struct revoked {
	char *path;
	struct serial *list;
	size_t count;
	struct stat seen; /* as the file was when `list` was read; zeros before that */
};

static int by_value(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct serial));
}

/* One line without its end. false: not a serial. */
static bool parse_serial(const char *s, size_t len, struct serial *out)
{
	char digits[2 * SERIAL_BYTES];

	while (len > 0 && *s == '0') {
		s++;
		len--;
	}
	if (len > sizeof(digits))
		return false;
	memset(digits, '0', sizeof(digits) - len);
	memcpy(digits + sizeof(digits) - len, s, len);
	return hex_decode(digits, sizeof(digits), out->at);
}

/* Fills list from text; *count tells how many. Returns 0, or the number of the first bad line. */
static unsigned parse_lines(const char *text, struct serial *list, size_t *count)
{
	unsigned line = 0;

	*count = 0;
	for (const char *at = text; *at != '\0';) {
		size_t whole = strcspn(at, "\n");
		size_t len = whole;

		line++;
		while (len > 0 && isspace((unsigned char)at[len - 1]))
			len--;
		if (len > 0 && at[0] != '#' && !parse_serial(at, len, &list[(*count)++]))
			return line;
		at += whole + (at[whole] == '\n');
	}
	return 0;
}

static int load(struct revoked *rv, const struct stat *st, struct error *err)
{
	struct serial *list = NULL;
	uint8_t *bytes = NULL;
	size_t len, lines = 2, count;
	unsigned bad;
	int ret = -1;

	if (file_read(rv->path, MAX_FILE_BYTES, &bytes, &len, err) != 0)
		goto out;
	for (size_t i = 0; i < len; i++)
		lines += bytes[i] == '\n';
	list = calloc(lines, sizeof(*list));
	if (list == NULL) {
		error_memory(err);
		goto out;
	}
	bad = strlen((const char *)bytes) != len ? 1
						 : parse_lines((const char *)bytes, list, &count);
	if (bad != 0) {
		error_set(err, E_INPUT, SAY("the revocation list is malformed", "吊销列表格式有误"),
			"revocation list \"%s\", line %u: not a hexadecimal serial number",
			rv->path, bad);
		goto out;
	}
	qsort(list, count, sizeof(*list), by_value);
	free(rv->list);
	rv->list = list;
	rv->count = count;
	rv->seen = *st;
	list = NULL;
	ret = 0;
out:
	free(list);
	free(bytes);
	return ret;
}

/* Reads the file if it is not the one last read. The state is taken before reading, so a change in
 * between is seen the next time. */
static int refresh(struct revoked *rv, struct error *err)
{
	struct stat st;

	if (stat(rv->path, &st) != 0)
		return error_set(err, E_INPUT,
			SAY("the revocation list cannot be read", "无法读取吊销列表"),
			"could not read revocation list \"%s\": %s", rv->path, strerror(errno));
	if (rv->seen.st_ino == st.st_ino && rv->seen.st_size == st.st_size &&
		rv->seen.st_mtim.tv_sec == st.st_mtim.tv_sec &&
		rv->seen.st_mtim.tv_nsec == st.st_mtim.tv_nsec)
		return 0;
	return load(rv, &st, err);
}

int revoked_open(struct revoked **out, const char *path, struct error *err)
{
	struct revoked *rv = calloc(1, sizeof(*rv));

	if (rv == NULL || (rv->path = strdup(path)) == NULL) {
		free(rv);
		return error_memory(err);
	}
	if (refresh(rv, err) != 0) {
		revoked_free(rv);
		return -1;
	}
	*out = rv;
	return 0;
}

void revoked_free(struct revoked *rv)
{
	if (rv == NULL)
		return;
	free(rv->list);
	free(rv->path);
	free(rv);
}

int revoked_has(struct revoked *rv, const X509 *cert, struct error *err)
{
	const ASN1_INTEGER *number = X509_get0_serialNumber(cert);
	size_t len = (size_t)ASN1_STRING_length(number);
	struct serial key = { { 0 } };

	if (refresh(rv, err) != 0)
		return -1;
	if (len > SERIAL_BYTES || ASN1_STRING_type(number) != V_ASN1_INTEGER)
		return 1; /* could not be named in the list, so it is not accepted at all */
	if (len > 0)
		memcpy(key.at + SERIAL_BYTES - len, ASN1_STRING_get0_data(number), len);
	return rv->count > 0 && bsearch(&key, rv->list, rv->count, sizeof(key), by_value) != NULL;
}
