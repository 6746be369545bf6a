#include "gateway/ids.h"

#include <openssl/rand.h>
#include <stdio.h>

#include "base/bytes.h"

enum {
	ID_RANDOM = 10
};

int new_id(const char *prefix, char id[MAX_ID + 1], struct error *err)
{
	unsigned char random[ID_RANDOM];
	char hex[2 * ID_RANDOM + 1];

	if (RAND_bytes(random, sizeof(random)) != 1)
		return error_set(err, E_SYSTEM, SAY("no random numbers", "无法生成随机数"),
			"no random bytes for an id");
	hex_encode(random, sizeof(random), hex);
	snprintf(id, MAX_ID + 1, "%s%s", prefix, hex);
	return 0;
}
