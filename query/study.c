#include "query/study.h"

#include <string.h>

#include "base/limits.h"

bool study_account(const char *s)
{
	size_t len = strlen(s);

	if (len == 0 || len > MAX_ID)
		return false;
	for (; *s != '\0'; s++)
		if ((*s < '0' || *s > '9') && (*s < 'A' || *s > 'Z') && (*s < 'a' || *s > 'z') &&
			strchr("._@-", *s) == NULL)
			return false;
	return true;
}

static bool digits_after(const char *s, const char *prefix, size_t n)
{
	size_t len = strlen(prefix);

	return strncmp(s, prefix, len) == 0 && strlen(s + len) == n &&
	       strspn(s + len, "0123456789") == n;
}

bool study_purpose(const char *s)
{
	return digits_after(s, "DUO:", 7) || digits_after(s, "MONDO:", 7) ||
	       (strncmp(s, "EHDS-53:", 8) == 0 && s[8] >= 'a' && s[8] <= 'f' && s[9] == '\0');
}
