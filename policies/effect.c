#include "policies/effect.h"

int effect_between(const struct policy *before, const struct policy *after, struct arena *arena,
	struct effect *out, struct error *err)
{
	(void)before;
	(void)after;
	(void)arena;
	*out = (struct effect){ 0 };
	return error_set(err, E_STATE,
		SAY("this version does not compare policies yet", "本版本尚不能比较策略"),
		"not there yet");
}
