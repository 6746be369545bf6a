/*
 * fuzz_ccdl.c - any bytes as a cohort of another system, see fuzz_convert.h.
 */
#include "tests/fuzz/fuzz_convert.h"

static const char *const seeds[] = {
	"{\"version\": \"2\", \"display\": \"x\", \"inclusionCriteria\": [[{\"context\": "
	"{\"code\": \"Diagnose\", \"system\": \"fdpg.mii.cds\", \"display\": \"d\"}, \"te"
	"rmCodes\": [{\"code\": \"E11\", \"system\": \"http://fhir.de/CodeSystem/bfarm/ic"
	"d-10-gm\", \"display\": \"x\"}], \"timeRestriction\": {\"afterDate\": \"2020-01-"
	"01\"}}, {\"context\": {\"code\": \"Patient\", \"system\": \"fdpg.mii.cds\", \"di"
	"splay\": \"p\"}, \"termCodes\": [{\"code\": \"30525-0\", \"system\": \"http://lo"
	"inc.org\", \"display\": \"Alter\"}], \"valueFilter\": {\"type\": \"quantity-comp"
	"arator\", \"comparator\": \"gt\", \"value\": 18, \"unit\": {\"code\": \"a\", \"d"
	"isplay\": \"Jahr\"}}}]], \"exclusionCriteria\": [[{\"context\": {\"code\": \"Lab"
	"oruntersuchung\", \"system\": \"fdpg.mii.cds\", \"display\": \"l\"}, \"termCodes"
	"\": [{\"code\": \"718-7\", \"system\": \"http://loinc.org\", \"display\": \"Hb\""
	"}], \"valueFilter\": {\"type\": \"quantity-range\", \"minValue\": 5, \"maxValue\""
	": 7.5, \"unit\": {\"code\": \"10*3/uL\", \"display\": \"\"}}}]]}",
};

size_t fuzz_seed(size_t i, uint8_t *out, size_t room)
{
	return give_seed(seeds, sizeof(seeds) / sizeof(seeds[0]), i, out, room);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_format(CONVERT_CCDL, data, size);
}
