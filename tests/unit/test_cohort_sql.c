/*
 * test_cohort_sql.c - policies/cohorts/cohort_sql.h: what an officer's SQL may say, and that everything else is refused,
 * for its own reason and at its own place.
 */
#include "tests/unit/cohorts.h"

#include <stdio.h>

#include "policies/cohorts/cohort_child.h"

static struct error err;

/* '@' marks the place of the first finding; it is no part of the text. */
static const struct refused {
	const char *marked, *code;
} refused[] = {
	{ "select m.person_id, @now() from cdm.measurement m", "P321" },
	{ "select m.person_id, @count(m.value_as_number) from cdm.measurement m", "P321" },
	{ "select m.person_id, @pg_catalog.upper(m.value_as_number) from cdm.measurement m",
		"P321" },
	{ "select m.person_id from cdm.measurement m where m.value_as_number > @random()", "P321" },
	{ "select m.person_id from cdm.measurement m where @pg_sleep(9) is null", "P321" },
	{ "select m.person_id from cdm.measurement m where @abs(m.value_as_number) > 7", "P321" },
	{ "select m.person_id from cdm.measurement m where m.measurement_date > "
	  "@to_date('2025','YYYY')",
		"P321" },
	{ "select m.person_id from cdm.measurement m where @pg_read_file('/etc/passwd') = 'x'",
		"P321" },
	{ "select m.person_id from cdm.measurement m where @query_to_xml('select 1', true, true, "
	  "'') is not null",
		"P321" },
	{ "select m.person_id from cdm.measurement m where @lo_import('/etc/passwd') in (1)",
		"P321" },
	{ "select m.person_id from cdm.measurement m where @dblink('x','y') between 1 and 2",
		"P321" },
	{ "select m.person_id from cdm.measurement m where @extract(year from m.measurement_date) "
	  "= 2025",
		"P321" },
	{ "select m.person_id from cdm.measurement m where @overlay('a' placing 'b' from 1) = 'x'",
		"P321" },
	{ "select m.person_id from cdm.measurement m where @coalesce_it(m.value_as_number) = 7",
		"P321" },
	{ "select m.person_id from cdm.measurement m where m.measurement_concept_id in (1, "
	  "@length('x'))",
		"P321" },
	{ "select m.person_id from cdm.measurement m where exists (select 1 from cdm.death d where "
	  "d.person_id = @f(m.person_id))",
		"P321" },
	{ "select m.person_id from cdm.measurement m where m.measurement_date @at time zone 'UTC' "
	  "> '2025-01-01'",
		"P321" },
	{ "select m.person_id from cdm.measurement m where (m.measurement_date, "
	  "m.measurement_date) @overlaps ('2025-01-01','2025-02-01')",
		"P321" },
	{ "select @* from cdm.measurement m", "P322" },
	{ "select @m.* from cdm.measurement m", "P322" },
	{ "select m.person_id, @m.* from cdm.measurement m", "P322" },
	{ "select m.person_id from cdm.measurement m where @m.* is null", "P322" },
	{ "select m.person_id from cdm.measurement m where exists (select 1 from cdm.death d where "
	  "@d.* = m.*)",
		"P322" },
	{ "select m.person_id from @measurement m", "P323" },
	{ "select measurement.person_id from @cdm.measurement", "P323" },
	{ "select m.person_id from cdm.measurement m join @cdm.measurement m on m.person_id = "
	  "m.person_id",
		"P323" },
	{ "select m.person_id from cdm.measurement m where exists (select 1 from @cdm.death m "
	  "where m.person_id = m.person_id)",
		"P323" },
	{ "select @1", "P323" },
	{ "select m.person_id from cdm.measurement m where @exists (select 1)", "P323" },
	{ "select x.person_id from @person x", "P323" },
	{ "select m.person_id, @m.visit_occurrence_id from cdm.measurement m", "P324" },
	{ "select m.person_id, @m.measurement_concept_id from cdm.measurement m", "P324" },
	{ "select m.person_id, @v.visit_concept_id from cdm.measurement m join "
	  "cdm.visit_occurrence v on v.person_id = m.person_id",
		"P324" },
	{ "select m.person_id, @c.standard_concept from cdm.measurement m join cdm.concept c on "
	  "c.concept_id = m.measurement_concept_id",
		"P324" },
	{ "select m.person_id, @(select 1) from cdm.measurement m", "P325" },
	{ "select m.person_id from cdm.measurement m where m.measurement_concept_id @in (select 1)",
		"P325" },
	{ "select m.person_id from cdm.measurement m where m.measurement_concept_id = @(select 1)",
		"P325" },
	{ "select m.person_id from cdm.measurement m where m.measurement_concept_id @= any (select "
	  "3004410)",
		"P325" },
	{ "select m.person_id from cdm.measurement m where m.value_as_number @> all (select 7)",
		"P325" },
	{ "select m.person_id from cdm.measurement m where m.value_as_number between @(select 1) "
	  "and 7",
		"P325" },
	{ "select m.person_id from cdm.measurement m where @(select true)", "P325" },
	{ "select m.person_id from cdm.measurement m where @array(select 1) is null", "P325" },
	{ "select m.person_id from cdm.measurement m where (m.person_id, m.value_as_number) @in "
	  "(select 1, 2)",
		"P325" },
	{ "select distinct @m.person_id from cdm.measurement m", "P361" },
	{ "select distinct on (@m.person_id) m.person_id from cdm.measurement m", "P361" },
	{ "select m.person_id from cdm.measurement m where m.value_as_number > 7 order by "
	  "@m.person_id",
		"P361" },
	{ "select m.person_id from cdm.measurement m limit @1", "P361" },
	{ "select m.person_id from cdm.measurement m offset @1", "P361" },
	{ "select m.person_id from cdm.measurement m fetch first @3 rows only", "P361" },
	{ "@select m.person_id from cdm.measurement m fetch first 3 rows with ties", "P328" },
	{ "select m.person_id from cdm.measurement m group by @m.person_id", "P361" },
	{ "select m.person_id from cdm.measurement m having m.person_id @is null", "P361" },
	{ "with @a as (select 1) select m.person_id from cdm.measurement m", "P361" },
	{ "with @a as (delete from cdm.person) select m.person_id from cdm.measurement m", "P361" },
	{ "with recursive @a as (select 1) select m.person_id from cdm.measurement m", "P361" },
	{ "select @m.person_id from cdm.measurement m union select m.person_id from "
	  "cdm.measurement m",
		"P361" },
	{ "select @m.person_id from cdm.measurement m except all select m.person_id from "
	  "cdm.measurement m",
		"P361" },
	{ "values (@1)", "P361" },
	{ "table @cdm.measurement", "P323" },
	{ "select m.person_id into @cdm.x from cdm.measurement m", "P361" },
	{ "select @m.person_id from cdm.measurement m for update", "P361" },
	{ "select m.person_id from cdm.measurement m window w as @(partition by m.person_id)",
		"P361" },
	{ "@delete from cdm.measurement", "P361" },
	{ "@insert into cdm.measurement values (1)", "P361" },
	{ "@update cdm.measurement set person_id = 1", "P361" },
	{ "@drop table cdm.measurement", "P361" },
	{ "@copy cdm.measurement to '/tmp/x'", "P361" },
	{ "@set role postgres", "P361" },
	{ "@do 'x'", "P361" },
	{ "@explain select 1", "P361" },
	{ "select m.person_id from cdm.measurement m; @select 1", "P361" },
	{ "select m.person_id from cdm.measurement m; @drop table x", "P361" },
	{ "@", "P361" },
	{ "@;", "P361" },
	{ "@-- nothing", "P361" },
	{ "select m.person_id from only @cdm.measurement m", "P361" },
	{ "select m.person_id from @cdm.measurement m(x)", "P361" },
	{ "select @m.person_id as x from cdm.measurement m", "P361" },
	{ "select @m.person_id[1] from cdm.measurement m", "P361" },
	{ "select m.person_id, @1 from cdm.measurement m", "P361" },
	{ "select m.person_id, m.value_as_number @+ 1 from cdm.measurement m", "P361" },
	{ "select m.person_id, m.value_as_number@::text from cdm.measurement m", "P361" },
	{ "select m.person_id, @case when true then 1 end from cdm.measurement m", "P361" },
	{ "select m.person_id, @coalesce(m.value_as_number, 1) from cdm.measurement m", "P361" },
	{ "select m.person_id, @current_user from cdm.measurement m", "P361" },
	{ "select m.person_id, @current_date from cdm.measurement m", "P361" },
	{ "select m.person_id, @greatest(1, 2) from cdm.measurement m", "P361" },
	{ "select m.person_id, @array[1] from cdm.measurement m", "P361" },
	{ "select m.person_id, @row(1, 2) from cdm.measurement m", "P361" },
	{ "select m.person_id from cdm.measurement m where m.value_as_number @+ 1 > 7", "P361" },
	{ "select m.person_id from cdm.measurement m where m.value_as_number > 14 @/ 2", "P361" },
	{ "select m.person_id from cdm.measurement m where @- m.value_as_number > 7", "P361" },
	{ "select m.person_id from cdm.measurement m where m.value_as_number @~ 'x'", "P361" },
	{ "select m.person_id from cdm.measurement m where m.value_as_number @like 'x%'", "P361" },
	{ "select m.person_id from cdm.measurement m where m.value_as_number @not ilike 'x'",
		"P361" },
	{ "select m.person_id from cdm.measurement m where m.value_as_number @similar to 'x'",
		"P361" },
	{ "select m.person_id from cdm.measurement m where m.value_as_number @is distinct from 7",
		"P361" },
	{ "select m.person_id from cdm.measurement m where m.value_as_number @between symmetric 8 "
	  "and 7",
		"P361" },
	{ "select m.person_id from cdm.measurement m where m.value_as_number "
	  "@operator(pg_catalog.>) 7",
		"P361" },
	{ "select m.person_id from cdm.measurement m where m.measurement_concept_id @= any "
	  "(array[1])",
		"P361" },
	{ "select m.person_id from cdm.measurement m where m.measurement_date > @date '2025-01-01'",
		"P361" },
	{ "select m.person_id from cdm.measurement m where m.measurement_date > @cast('2025-01-01' "
	  "as date)",
		"P361" },
	{ "select m.person_id from cdm.measurement m where m.measurement_date > "
	  "'2025-01-01'@::date",
		"P361" },
	{ "select m.person_id from cdm.measurement m where m.value_as_number > @nullif(7, 8)",
		"P361" },
	{ "select m.person_id from cdm.measurement m where m.value_as_number @collate \"C\" > 7",
		"P361" },
	{ "select m.person_id from cdm.measurement m where (m.value_as_number > 7) @is true",
		"P361" },
	{ "select m.person_id from cdm.measurement m where @true", "P361" },
	{ "select m.person_id from cdm.measurement m where @1", "P361" },
	{ "select m.person_id from cdm.measurement m where @m.value_as_number", "P361" },
	{ "select m.person_id from cdm.measurement m where @row(1,2) = row(3,4)", "P361" },
	{ "select m.person_id from cdm.measurement m where @(m.value_as_number, 1) = (1, 2)",
		"P361" },
	{ "select m.person_id from cdm.measurement m where exists (select @d.person_id from "
	  "cdm.death d where d.person_id = m.person_id)",
		"P361" },
	{ "select m.person_id from cdm.measurement m where exists (select 1 from cdm.death d where "
	  "d.person_id = m.person_id limit @1)",
		"P361" },
	{ "select m.person_id from cdm.measurement m where exists (select @1, 2 from cdm.death d "
	  "where d.person_id = m.person_id)",
		"P361" },
	{ "select m.person_id from cdm.measurement m where exists (select @1 from cdm.death d "
	  "where d.person_id = m.person_id union select 2)",
		"P361" },
	{ "select m.person_id from cdm.measurement m where (m.value_as_number @> 7) is null",
		"P361" },
	{ "select m.person_id from cdm.measurement m where m.value_as_number in (7, "
	  "@m.value_as_number)",
		"P361" },
	{ "select m.person_id from cdm.measurement m tablesample @bernoulli (1)", "P361" },
	{ "select x.a from (select @1) x", "P361" },
	{ "select x.a from @generate_series(1, 9) x", "P361" },
	{ "select m.person_id from cdm.measurement m join lateral (select @1) x on true", "P361" },
	{ "select m.person_id from cdm.measurement m join @cdm.death d using (person_id)", "P361" },
	{ "select m.person_id from cdm.measurement m natural join @cdm.death d", "P361" },
	{ "select @person_id from cdm.measurement m", "P362" },
	{ "select @x.person_id from cdm.measurement m", "P362" },
	{ "select @cdm.m.person_id from cdm.measurement m", "P362" },
	{ "select @m.persn_id from cdm.measurement m", "P362" },
	{ "select m.person_id, @m.ctid from cdm.measurement m", "P362" },
	{ "select m.person_id, @m.xmin from cdm.measurement m", "P362" },
	{ "select m.person_id, @m.tableoid from cdm.measurement m", "P362" },
	{ "select m.person_id, @m.oid from cdm.measurement m", "P362" },
	{ "select m.person_id, @m.upper from cdm.measurement m", "P362" },
	{ "select m.person_id, @m.measurement from cdm.measurement m", "P362" },
	{ "select m.person_id, @\"M\".person_id from cdm.measurement m", "P362" },
	{ "select m.person_id, @m.\"PERSON_ID\" from cdm.measurement m", "P362" },
	{ "select m.person_id from cdm.measurement m where @m.operator_concept_id = 1", "P362" },
	{ "select m.person_id from cdm.measurement m where @m is null", "P362" },
	{ "select s.x from @pg_catalog.pg_stats s", "P362" },
	{ "select s.x from @information_schema.tables s", "P362" },
	{ "select n.person_id from @cdm.note n", "P362" },
	{ "select o.person_id from @research.opt_out o", "P362" },
	{ "select p.person_id from @cdm.persn p", "P362" },
	{ "select m.person_id from cdm.measurement m where exists (select 1 from @cdm.note n where "
	  "n.person_id = m.person_id)",
		"P362" },
	{ "select m.person_id from cdm.measurement m where exists (select 1 from cdm.death d where "
	  "d.person_id = m.person_id and @q.death_date is null)",
		"P362" },
	{ "select m.person_id from cdm.measurement m where exists (select 1 from cdm.death d where "
	  "d.person_id = m.person_id) and @d.death_date is null",
		"P362" },
	{ "select p.person_id, @p.birth_datetime from cdm.person p", "P363" },
	{ "select p.person_id from cdm.person p where @p.birth_datetime is null", "P363" },
	{ "select m.person_id from cdm.measurement m where @m.value_source_value is not null",
		"P363" },
	{ "select m.person_id from cdm.measurement m where exists (select 1 from cdm.person p "
	  "where p.person_id = m.person_id and @p.birth_datetime > '1960-01-01')",
		"P363" },
	{ "select m.person_id from cdm.measurement m, @cdm.death d", "P364" },
	{ "select m.person_id from cdm.measurement m cross join @cdm.death d", "P364" },
	{ "select m.person_id from cdm.measurement m right join @cdm.death d on d.person_id = "
	  "m.person_id",
		"P364" },
	{ "select m.person_id from cdm.measurement m full join @cdm.death d on d.person_id = "
	  "m.person_id",
		"P364" },
	{ "select m.person_id from cdm.measurement m join cdm.death d on d.death_date @= "
	  "m.measurement_date",
		"P364" },
	{ "select m.person_id from cdm.measurement m join @cdm.visit_occurrence v on "
	  "v.visit_occurrence_id = m.visit_occurrence_id",
		"P364" },
	{ "select m.person_id from cdm.measurement m join cdm.death d on d.person_id @<> "
	  "m.person_id",
		"P364" },
	{ "select m.person_id from cdm.measurement m join cdm.death d on d.person_id = m.person_id "
	  "@or d.person_id = m.person_id",
		"P364" },
	{ "select m.person_id from cdm.measurement m join cdm.death d on @not d.person_id = "
	  "m.person_id",
		"P364" },
	{ "select m.person_id from cdm.measurement m join cdm.death d on d.person_id = m.person_id "
	  "and d.death_date @>= '2020-01-01'",
		"P364" },
	{ "select m.person_id from cdm.measurement m join cdm.death d on d.person_id = m.person_id "
	  "and d.death_date @is null",
		"P364" },
	{ "select m.person_id from cdm.measurement m join cdm.death d on m.person_id @= "
	  "m.person_id",
		"P364" },
	{ "select m.person_id from cdm.measurement m join cdm.death d on d.person_id @= "
	  "d.person_id",
		"P364" },
	{ "select m.person_id from cdm.measurement m left join cdm.death d on d.person_id = "
	  "m.person_id and @exists (select 1 from cdm.death e where e.person_id = m.person_id)",
		"P364" },
	{ "select m.person_id from @cdm.concept c join cdm.measurement m on "
	  "m.measurement_concept_id = c.concept_id",
		"P364" },
	{ "select m.person_id from cdm.measurement m join cdm.concept c on c.concept_id = "
	  "m.measurement_concept_id join cdm.death d on d.person_id @= c.concept_id",
		"P366" },
	{ "select m.person_id from cdm.measurement m where exists (select 1 from @cdm.death d)",
		"P365" },
	{ "select m.person_id from cdm.measurement m where exists (select 1 from @cdm.death d "
	  "where d.death_date is null)",
		"P365" },
	{ "select m.person_id from cdm.measurement m where exists (select 1 from @cdm.death d "
	  "where d.person_id = m.person_id or d.death_date is null)",
		"P365" },
	{ "select m.person_id from cdm.measurement m where exists (select 1 from @cdm.death d "
	  "where not d.person_id = m.person_id)",
		"P365" },
	{ "select m.person_id from cdm.measurement m where exists (select 1 from @cdm.death d "
	  "where d.person_id <> m.person_id)",
		"P365" },
	{ "select m.person_id from cdm.measurement m where exists (select 1 from @cdm.death d "
	  "where d.person_id > m.person_id)",
		"P365" },
	{ "select m.person_id from cdm.measurement m where exists (select 1 from @cdm.death d "
	  "where d.person_id = d.person_id)",
		"P365" },
	{ "select m.person_id from cdm.measurement m where exists (select 1 from @cdm.death d "
	  "where m.person_id = m.person_id)",
		"P365" },
	{ "select m.person_id from cdm.measurement m where exists (select 1 from @cdm.death d join "
	  "cdm.person p on p.person_id = d.person_id where d.person_id = p.person_id)",
		"P365" },
	{ "select m.person_id from cdm.measurement m where exists (select 1 from "
	  "@cdm.visit_occurrence v where v.visit_occurrence_id = m.visit_occurrence_id)",
		"P365" },
	{ "select m.person_id from cdm.measurement m where exists (select 1 from cdm.death d where "
	  "d.person_id = m.person_id and exists (select 1 from @cdm.death e))",
		"P365" },
	{ "select m.person_id from cdm.measurement m where exists (select 1 from @cdm.concept c "
	  "where c.concept_id = m.measurement_concept_id)",
		"P364" },
	{ "select m.person_id from cdm.measurement m where m.person_id = @42", "P366" },
	{ "select m.person_id from cdm.measurement m where m.person_id in (@1, 2)", "P366" },
	{ "select m.person_id from cdm.measurement m where m.person_id between @1 and 9", "P366" },
	{ "select m.person_id from cdm.measurement m where m.person_id < @10", "P366" },
	{ "select m.person_id from cdm.measurement m where m.visit_occurrence_id = @5", "P366" },
	{ "select m.person_id from cdm.measurement m where m.measurement_concept_id > @3004410",
		"P366" },
	{ "select m.person_id from cdm.measurement m where m.measurement_concept_id between @1 and "
	  "9",
		"P366" },
	{ "select m.person_id from cdm.measurement m where m.measurement_concept_id = @-1",
		"P366" },
	{ "select m.person_id from cdm.measurement m where m.measurement_concept_id = @0", "P366" },
	{ "select m.person_id from cdm.measurement m where m.measurement_concept_id = @'3004410'",
		"P366" },
	{ "select m.person_id from cdm.measurement m where m.measurement_concept_id = @3004410.5",
		"P366" },
	{ "select m.person_id from cdm.measurement m where m.measurement_concept_id = @9999999999",
		"P366" },
	{ "select m.person_id from cdm.measurement m where m.measurement_concept_id = @null",
		"P366" },
	{ "select m.person_id from cdm.measurement m where m.measurement_concept_id = @true",
		"P366" },
	{ "select m.person_id from cdm.measurement m where m.measurement_concept_id = B@'1'",
		"P369" },
	{ "select m.person_id from cdm.measurement m where m.measurement_concept_id in (1, @'x')",
		"P366" },
	{ "select m.person_id from cdm.measurement m where m.value_as_number >= @7.1", "P366" },
	{ "select m.person_id from cdm.measurement m where m.value_as_number = @7", "P366" },
	{ "select m.person_id from cdm.measurement m where m.value_as_number in (@7)", "P366" },
	{ "select m.person_id from cdm.measurement m where m.value_as_number > @-7", "P366" },
	{ "select m.person_id from cdm.measurement m where m.value_as_number > @6.9999999999",
		"P366" },
	{ "select m.person_id from cdm.measurement m where m.value_as_number > @'2025-01-01'",
		"P366" },
	{ "select m.person_id from cdm.measurement m where m.value_as_number between @6 and 8",
		"P366" },
	{ "select m.person_id from cdm.measurement m where m.measurement_date >= @'2025-01-02'",
		"P366" },
	{ "select m.person_id from cdm.measurement m where m.measurement_date <= @'2025-01-01'",
		"P366" },
	{ "select m.person_id from cdm.measurement m where m.measurement_date = @'2025-01-01'",
		"P366" },
	{ "select m.person_id from cdm.measurement m where m.measurement_date <> @'2025-01-01'",
		"P366" },
	{ "select m.person_id from cdm.measurement m where m.measurement_date in (@'2025-01-01')",
		"P366" },
	{ "select m.person_id from cdm.measurement m where m.measurement_date > @'2017-12-31'",
		"P366" },
	{ "select m.person_id from cdm.measurement m where m.measurement_date < @'2026-02-01'",
		"P366" },
	{ "select m.person_id from cdm.measurement m where m.measurement_date between "
	  "@'2025-01-01' and '2025-02-01'",
		"P366" },
	{ "select m.person_id from cdm.measurement m where m.measurement_date >= @'2025-13-01'",
		"P366" },
	{ "select m.person_id from cdm.measurement m where m.measurement_date >= @'yesterday'",
		"P366" },
	{ "select m.person_id from cdm.measurement m where m.measurement_date >= @2025", "P366" },
	{ "select m.person_id from cdm.measurement m where m.measurement_date >= @''", "P366" },
	{ "select m.person_id from cdm.measurement m where m.unit_concept_id = @8840", "P366" },
	{ "select m.person_id from cdm.measurement m where m.unit_concept_id in (@8840, 8753, 1)",
		"P366" },
	{ "select m.person_id from cdm.measurement m where m.unit_concept_id > @9529", "P366" },
	{ "select m.person_id from cdm.measurement m where m.地点 = @1101", "P366" },
	{ "select p.person_id from cdm.person p where p.year_of_birth < @1960", "P366" },
	{ "select v.person_id from cdm.visit_occurrence v where v.visit_concept_id = @9203",
		"P366" },
	{ "select v.person_id from cdm.visit_occurrence v where v.visit_concept_id > @9201",
		"P366" },
	{ "select m.person_id from cdm.measurement m where m.person_id @= m.measurement_concept_id",
		"P366" },
	{ "select m.person_id from cdm.measurement m where m.measurement_date @= m.value_as_number",
		"P366" },
	{ "select m.person_id from cdm.measurement m where 1 @= 1", "P366" },
	{ "select m.person_id from cdm.measurement m where @'a' <> '2025-01-01'", "P366" },
	{ "select c.person_id from cdm.condition_occurrence c where c.condition_concept_id = "
	  "@439727",
		"P367" },
	{ "select c.person_id from cdm.condition_occurrence c where c.condition_concept_id in "
	  "(201826, @439727)",
		"P367" },
	{ "select c.person_id from cdm.condition_occurrence c where c.condition_concept_id <> "
	  "@439727",
		"P367" },
	{ "select c.person_id from cdm.condition_occurrence c where not c.condition_concept_id = "
	  "@439727",
		"P367" },
	{ "select m.person_id from cdm.measurement m where exists (select 1 from "
	  "cdm.condition_occurrence c where c.person_id = m.person_id and @439727 = "
	  "c.condition_concept_id)",
		"P367" },
	{ "select m.person_id from cdm.measurement m where m.measurement_date >= @:form", "P368" },
	{ "select m.person_id from cdm.measurement m where m.measurement_date >= @:x", "P368" },
	{ "select m.person_id from cdm.measurement m where m.value_as_number >= @:from", "P368" },
	{ "select m.person_id from cdm.measurement m where m.unit_concept_id = @:from", "P368" },
	{ "select m.person_id from cdm.measurement m where m.measurement_date >= @:unit", "P368" },
	{ "select m.person_id from cdm.measurement m where m.measurement_date >= E@'2025-01-01'",
		"P369" },
	{ "select m.person_id from cdm.measurement m where m.measurement_date >= 'a@\\b'", "P369" },
	{ "select m.person_id from cdm.measurement m where m.measurement_date >= U&@'2025'",
		"P369" },
	{ "select m.person_id from cdm.measurement m where m.measurement_date >= N@'2025'",
		"P369" },
	{ "select m.person_id from cdm.measurement m where m.measurement_date >= X@'20'", "P369" },
	{ "select m.person_id from cdm.measurement m where m.measurement_date >= @$1", "P369" },
	{ "select m.person_id from cdm.measurement m where m.measurement_date >= @$$2025-01-01$$",
		"P369" },
	{ "select m.person_id from cdm.measurement m where m.measurement_date >= @$a$2025-01-01$a$",
		"P369" },
	{ "select m.person_id, m.@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa "
	  "from cdm.measurement m",
		"P369" },
	{ "select m.person_id, m.@列列列列列列列列列列列列列列列列列列列列列列 from "
	  "cdm.measurement m",
		"P369" },
	{ "select m.person_id, "
	  "m.@\"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\" from "
	  "cdm.measurement m",
		"P369" },
	{ "select m.person_id from cdm.measurement m where m.measurement_date >= m@:from", "P369" },
	{ "select m.person_id from cdm.measurement m where m.value_as_number >= 7 @\xE2\x80\x8B",
		"P369" },
	{ "select m.person_id from cdm.measurement m where m.value_as_number >= 7 /* @\xE2\x80\xAE "
	  "*/",
		"P369" },
	{ "select m.person_id from cdm.measurement m where m.value_as_number >= @: 7", "P369" },
	{ "select @m.value_as_number from cdm.measurement m", "P370" },
	{ "select m.person_id, @m.person_id from cdm.measurement m", "P370" },
	{ "select m.person_id, @d.person_id from cdm.measurement m join cdm.death d on d.person_id "
	  "= m.person_id",
		"P370" },
	{ "select @d.person_id from cdm.measurement m left join cdm.death d on d.person_id = "
	  "m.person_id",
		"P370" },
	{ "select m.person_id, m.value_as_number, @m.value_as_number from cdm.measurement m",
		"P370" },
	{ "select from @cdm.measurement m", "P370" },
	{ "select m.person_id frm @cdm.measurement m", "P328" },
	{ "select 女.患者 from 库.表 女 where @where", "P328" },
	{ "select m.person_id from cdm.measurement m where m.value_as_number > @", "P328" },
	{ "select m.person_id from cdm.measurement m where m.value_as_number is @nul", "P328" },
	{ "@selec 1", "P328" },
	{ "select m.person_id from cdm.measurement m where (m.value_as_number > 7@", "P328" },
	{ "select @'unterminated", "P328" },
	{ "@/* never ends", "P328" },
};

static const char *const accepted[] = {
	"select m.person_id from cdm.measurement m",
	"SELECT M.person_id FROM cdm.measurement AS M",
	"select m.person_id, m.measurement_date, m.value_as_number from cdm.measurement m where "
	"m.measurement_concept_id = 3004410 and m.measurement_date between :from and :to and "
	"exists (select 1 from cdm.condition_occurrence c where c.person_id = m.person_id and "
	"c.condition_concept_id = 201826)",
	"select m.\"person_id\", m.地点 from cdm.measurement m",
	"select m.person_id from cdm.measurement m where m.measurement_concept_id in (1, 2, 3) or "
	"not m.measurement_concept_id <> 4",
	"select m.person_id from cdm.measurement m where m.value_as_number >= 7 and "
	"m.value_as_number < 8.0 and 6.5 <= m.value_as_number",
	"select m.person_id from cdm.measurement m where m.value_as_number between 6.5 and 8",
	"select m.person_id from cdm.measurement m where m.value_as_number not between 6.5 and 8",
	"select m.person_id from cdm.measurement m where m.measurement_date >= '2025-01-01' and "
	"m.measurement_date < '2025-07-01'",
	"select m.person_id from cdm.measurement m where m.measurement_date > '2024-12-31' and "
	"m.measurement_date <= '2025-06-30'",
	"select m.person_id from cdm.measurement m where m.measurement_date between '2018-01-01' "
	"and '2025-12-31'",
	"select m.person_id from cdm.measurement m where m.measurement_date = :from",
	"select m.person_id from cdm.measurement m where m.measurement_date >= :from -- as :text "
	"in a comment\n and m.measurement_date < :to",
	"select m.person_id from cdm.measurement m where m.unit_concept_id in (8840, 8753)",
	"select m.person_id from cdm.measurement m where m.unit_concept_id = 9529",
	"select m.person_id from cdm.measurement m where m.unit_concept_id not in (9529)",
	"select m.person_id from cdm.measurement m where m.unit_concept_id = :unit",
	"select m.person_id from cdm.measurement m where m.value_as_number is null or "
	"m.visit_occurrence_id is not null",
	"select m.person_id from cdm.measurement m join cdm.visit_occurrence v on v.person_id = "
	"m.person_id and v.visit_occurrence_id = m.visit_occurrence_id where v.visit_concept_id = "
	"9201",
	"select m.person_id from cdm.measurement m left join cdm.death d on m.person_id = "
	"d.person_id where d.death_date is null",
	"select m.person_id from cdm.measurement m join cdm.concept c on c.concept_id = "
	"m.measurement_concept_id left join cdm.death d on d.person_id = m.person_id",
	"select d.person_id, m.value_as_number from cdm.measurement m inner join cdm.death d on "
	"d.person_id = m.person_id",
	"select m.person_id from cdm.measurement m where exists (select 1 from cdm.death d join "
	"cdm.person p on p.person_id = d.person_id where p.gender_concept_id = 8532 and "
	"d.person_id = m.person_id)",
	"select m.person_id from cdm.measurement m where not exists (select 1 from cdm.death d "
	"where m.person_id = d.person_id and exists (select 1 from cdm.person p where p.person_id "
	"= d.person_id))",
	"select m.person_id from cdm.measurement m where exists (select 1 from cdm.drug_exposure e "
	"where e.person_id = m.person_id and e.drug_exposure_start_date <= m.measurement_date)",
	"/* 注释 */ select m.person_id from cdm.measurement m /* a /* nested */ one */;",
	"\xEF\xBB\xBFselect m.person_id\r\nfrom cdm.measurement m\r\nwhere m.value_as_number > "
	"7\r\n",
};

enum {
	REFUSED = sizeof(refused) / sizeof(refused[0]),
	ACCEPTED = sizeof(accepted) / sizeof(accepted[0])
};

/* Takes the mark out; gives the column, in characters, at which it stood. */
static unsigned unmark(const char *marked, char *out, size_t size)
{
	const char *at = strchr(marked, '@');

	ck_assert_ptr_nonnull(at);
	ck_assert(text_copyn(out, size, marked, (size_t)(at - marked)));
	ck_assert_uint_lt(strlen(marked), size);
	memcpy(out + (at - marked), at + 1, strlen(at));
	return (unsigned)utf8_chars(marked, (size_t)(at - marked)) + 1;
}

START_TEST(everything_else_is_refused_for_its_own_reason_at_its_own_place)
{
	char sql[MAX_COHORT_SQL_BYTES];
	unsigned wrong = 0;

	cohort_fixture();
	ck_assert_int_ge(REFUSED, 120);
	for (unsigned i = 0; i < REFUSED; i++) {
		unsigned column = unmark(refused[i].marked, sql, sizeof(sql));
		const struct cohort_sql *c = cohort_of(sql);
		const struct diag *d = cohort_ds.count > 0 ? &cohort_ds.list[0] : NULL;

		if (c != NULL || d == NULL || strcmp(d->code, refused[i].code) != 0 ||
			d->at.line != 1 || d->at.column != column) {
			printf("%s\n  wanted %s at %u, not %s at %u:%u: %s\n", sql, refused[i].code,
				column, d == NULL ? "nothing" : d->code, d == NULL ? 0 : d->at.line,
				d == NULL ? 0 : d->at.column, d == NULL ? "" : d->en);
			fflush(stdout);
			wrong++;
		}
	}
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

START_TEST(a_plain_choice_of_rows_is_accepted)
{
	cohort_fixture();
	ck_assert_int_ge(ACCEPTED, 20);
	for (unsigned i = 0; i < ACCEPTED; i++) {
		const struct cohort_sql *c = cohort_of(accepted[i]);

		ck_assert_msg(c != NULL, "%s\n%s: %s", accepted[i], cohort_ds.list[0].code,
			cohort_ds.list[0].en);
		ck_assert_msg(cohort_ds.errors == 0, "%s", accepted[i]);
		ck_assert_ptr_nonnull(c->key.column);
		ck_assert_ptr_nonnull(c->select.first->table->key);
		for (unsigned s = 0; s < c->n_sources; s++)
			ck_assert_msg(c->sources[s]->tied || c->sources[s]->table->key == NULL,
				"%s: table %u is not tied to the patient", accepted[i], s);
	}
}
END_TEST

START_TEST(all_findings_are_collected_with_line_and_column_in_characters)
{
	cohort_fixture();
	ck_assert_ptr_null(cohort_of("select m.person_id, -- 患者\n"
				     "       m.地點,\n"
				     "       now()\n"
				     "from   cdm.measurement m\n"
				     "where  m.地点 is null and upper(m.地点) = '2025-01-01'\n"
				     "and    m.value_as_number like '2025-01-01'\n"));
	ck_assert_uint_eq(cohort_ds.errors, 4);
	ck_assert_str_eq(cohort_ds.list[0].code, "P362");
	ck_assert_uint_eq(cohort_ds.list[0].at.line, 2);
	ck_assert_uint_eq(cohort_ds.list[0].at.column, 8);
	ck_assert_str_eq(cohort_ds.list[1].code, "P321");
	ck_assert_uint_eq(cohort_ds.list[1].at.line, 3);
	ck_assert_uint_eq(cohort_ds.list[2].at.line, 5);
	ck_assert_uint_eq(cohort_ds.list[2].at.column, 25);
	ck_assert_uint_eq(cohort_ds.list[3].at.line, 6);
	for (size_t i = 0; i < cohort_ds.count; i++)
		ck_assert(utf8_valid(cohort_ds.list[i].zh, strlen(cohort_ds.list[i].zh)) &&
			  cohort_ds.list[i].zh[0] != '\0');
}
END_TEST

/* A negative number is left out of the parser's JSON and would read as 0. */
START_TEST(a_sign_that_the_parser_drops_is_not_dropped_here)
{
	struct cohort_syntax s;
	struct arena a;

	arena_init(&a, 1 << 20);
	OK(cohort_child("select -7", 9, &a, &s, &err));
	ck_assert(s.read);
	ck_assert_msg(strstr(s.tree, "\"ival\":{}") != NULL, "the parser changed: %s", s.tree);
	arena_clear(&a);
	cohort_fixture();
	ck_assert_ptr_null(cohort_of("select m.person_id from cdm.measurement m where "
				     "m.measurement_concept_id in (3004410, -3004411)"));
	/* 0 is a code of a category, -5 is none */
	ck_assert_ptr_nonnull(cohort_of("select m.person_id from cdm.measurement m where "
					"m.unit_concept_id = 0"));
	ck_assert_ptr_null(cohort_of("select m.person_id from cdm.measurement m where "
				     "m.unit_concept_id = -5"));
	ck_assert_str_eq(cohort_ds.list[0].code, "P366");
}
END_TEST

/* Texts that try the parser itself: each ends in a sentence, none harms this process. */
START_TEST(hostile_texts_end_in_a_sentence)
{
	static const char *const pieces[] = { "1+", "(", "not ", "[1]", "a.", "-", "exists(select ",
		"case when ", "x'", "::a" };
	char sql[MAX_COHORT_SQL_BYTES + 1];

	cohort_fixture();
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		size_t len = (size_t)snprintf(sql, sizeof(sql), "select ");

		while (len + strlen(pieces[i]) < sizeof(sql) - 2) {
			memcpy(sql + len, pieces[i], strlen(pieces[i]));
			len += strlen(pieces[i]);
		}
		sql[len++] = '1';
		sql[len] = '\0';
		ck_assert_ptr_null(cohort_of(sql));
		ck_assert_uint_ge(cohort_ds.errors, 1);
	}
	ck_assert_ptr_null(cohort_of("select 1"));
}
END_TEST

START_TEST(a_file_over_eight_kib_and_one_that_is_no_text_are_refused)
{
	static char sql[MAX_COHORT_SQL_BYTES + 64];

	cohort_fixture();
	memset(sql, ' ', sizeof(sql));
	memcpy(sql, "select m.person_id from cdm.measurement m", 41);
	sql[MAX_COHORT_SQL_BYTES] = '\0';
	ck_assert_ptr_nonnull(cohort_of(sql));
	sql[MAX_COHORT_SQL_BYTES] = ' ';
	sql[MAX_COHORT_SQL_BYTES + 1] = '\0';
	ck_assert_ptr_null(cohort_of(sql));
	ck_assert_str_eq(cohort_ds.list[0].code, "P369");
	ck_assert_ptr_null(cohort_of("select m.person_id from cdm.measurement m -- \xFF"));
	ck_assert_str_eq(cohort_ds.list[0].code, "P101");
	ck_assert_ptr_null(cohort_sql_read("x", "select\0 1", 9, &cohort_policy->datasets[0],
		cohort_policy, NULL, 0, &cohort_arena, &cohort_ds));
}
END_TEST

START_TEST(the_tree_says_what_the_text_says)
{
	const struct cohort_sql *c;
	const struct cohort_test *t;

	cohort_fixture();
	c = cohort_of(accepted[2]);
	ck_assert_ptr_nonnull(c);
	ck_assert_uint_eq(c->n_outputs, 2);
	ck_assert_str_eq(c->key.column->name, "cdm.measurement.person_id");
	ck_assert_str_eq(c->outputs[0].column->name, "cdm.measurement.measurement_date");
	ck_assert_uint_eq(c->n_sources, 2);
	t = c->select.where;
	ck_assert_int_eq(t->kind, TEST_ALL);
	t = t->children;
	ck_assert(t->kind == TEST_VALUE && t->op == OP_EQ && t->values[0].n == 3004410);
	t = t->next;
	ck_assert(t->kind == TEST_BETWEEN && t->values[0].kind == VALUE_PARAM &&
		  t->values[0].param == 0 && t->values[1].param == 1);
	t = t->next;
	ck_assert(t->kind == TEST_EXISTS && t->select->first->number == 1);
	ck_assert_ptr_null(t->next);
	/* a value on the left is turned round */
	c = cohort_of(accepted[5]);
	t = c->select.where->children->next->next;
	ck_assert(t->op == OP_GE && t->values[0].kind == VALUE_DECIMAL &&
		  t->values[0].n == INT64_C(6500000000));
}
END_TEST

UNIT_MAIN("cohort_sql", everything_else_is_refused_for_its_own_reason_at_its_own_place,
	a_plain_choice_of_rows_is_accepted,
	all_findings_are_collected_with_line_and_column_in_characters,
	a_sign_that_the_parser_drops_is_not_dropped_here, hostile_texts_end_in_a_sentence,
	a_file_over_eight_kib_and_one_that_is_no_text_are_refused, the_tree_says_what_the_text_says)
