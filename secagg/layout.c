#include "secagg/layout.h"

#include <string.h>

void lay_fixed(struct text *t, const void *bytes, size_t len)
{
	text_addn(t, bytes, len);
}

void lay_u8(struct text *t, uint8_t v)
{
	lay_fixed(t, &v, 1);
}

void lay_u16(struct text *t, uint16_t v)
{
	const uint8_t b[2] = { (uint8_t)(v >> 8), (uint8_t)v };

	lay_fixed(t, b, sizeof(b));
}

void lay_u32(struct text *t, uint32_t v)
{
	uint8_t b[4];

	put_be32(b, v);
	lay_fixed(t, b, sizeof(b));
}

void lay_u64(struct text *t, uint64_t v)
{
	uint8_t b[8];

	put_be64(b, v);
	lay_fixed(t, b, sizeof(b));
}

void lay_text(struct text *t, const char *s)
{
	size_t len = strlen(s);

	lay_u32(t, (uint32_t)len);
	lay_fixed(t, s, len);
}

void lay_label(struct text *t, const char *label)
{
	text_init(t, MAX_SUM_LAYOUT_BYTES);
	lay_text(t, label);
}

void lay_hash(struct text *t, const struct hash32 *h)
{
	lay_fixed(t, h->at, sizeof(h->at));
}

void lay_id(struct text *t, const struct sum_id *id)
{
	lay_fixed(t, id->at, sizeof(id->at));
}

int lay_digest(struct text *t, struct hash32 *out, struct error *err)
{
	bool failed = text_failed(t);

	if (!failed)
		*out = sha256(t->at, t->len);
	text_clear(t);
	return failed ? error_memory(err) : 0;
}

void unlay_init(struct unlay *u, const void *bytes, size_t len)
{
	*u = (struct unlay){ .at = bytes, .end = (const uint8_t *)bytes + len };
}

const uint8_t *unlay_take(struct unlay *u, size_t len)
{
	const uint8_t *p = u->at;

	if (len > (size_t)(u->end - u->at))
		u->bad = true;
	if (u->bad)
		return NULL;
	u->at += len;
	return p;
}

uint8_t unlay_u8(struct unlay *u)
{
	const uint8_t *p = unlay_take(u, 1);

	return p == NULL ? 0 : p[0];
}

uint16_t unlay_u16(struct unlay *u)
{
	const uint8_t *p = unlay_take(u, 2);

	return p == NULL ? 0 : (uint16_t)((unsigned)p[0] << 8 | p[1]);
}

uint32_t unlay_u32(struct unlay *u, uint32_t max)
{
	const uint8_t *p = unlay_take(u, 4);
	uint32_t v = p == NULL ? 0 : get_be32(p);

	if (v > max) {
		u->bad = true;
		return 0;
	}
	return v;
}

uint64_t unlay_u64(struct unlay *u, uint64_t max)
{
	const uint8_t *p = unlay_take(u, 8);
	uint64_t v = p == NULL ? 0 : get_be64(p);

	if (v > max) {
		u->bad = true;
		return 0;
	}
	return v;
}

void unlay_fixed(struct unlay *u, void *out, size_t len)
{
	const uint8_t *p = unlay_take(u, len);

	if (p == NULL)
		memset(out, 0, len);
	else
		memcpy(out, p, len);
}

void unlay_hash(struct unlay *u, struct hash32 *out)
{
	unlay_fixed(u, out->at, sizeof(out->at));
}

void unlay_id(struct unlay *u, struct sum_id *out)
{
	unlay_fixed(u, out->at, sizeof(out->at));
}

int unlay_end(const struct unlay *u, const char *what, struct error *err)
{
	if (u->bad || u->at != u->end)
		return error_set(err, E_INPUT,
			SAY("A message of the sum is malformed.", "求和协议消息的格式有误。"),
			"%s: %s", what,
			u->bad ? "ends early, or a number is out of bounds" : "bytes left over");
	return 0;
}
